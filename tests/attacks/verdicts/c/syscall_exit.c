// early exit: the system call exit_group itself
// problem twice, expects runtime_error
#include <unistd.h>
#include <sys/syscall.h>
int twice(int n) { syscall(SYS_exit_group, 0); return 0; }
