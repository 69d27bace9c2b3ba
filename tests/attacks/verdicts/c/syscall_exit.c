// early exit: calls exit_group directly
// problem twice, expects runtime_error
#include <unistd.h>
#include <sys/syscall.h>
int twice(int n) { syscall(SYS_exit_group, 0); return 0; }
