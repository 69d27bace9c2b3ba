// signal to self: an alarm that ends the process while the tests run
// problem twice, expects runtime_error
#include <signal.h>
#include <unistd.h>
static void end(int s) { _exit(0); }
__attribute__((constructor)) static void early(void) { signal(SIGALRM, end); ualarm(20000, 0); }
int twice(int n) { usleep(100000); return 0; }
