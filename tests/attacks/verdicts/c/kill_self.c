// signal to self: SIGKILL to itself
// problem twice, expects runtime_error
#include <signal.h>
#include <unistd.h>
int twice(int n) { kill(getpid(), SIGKILL); return 0; }
