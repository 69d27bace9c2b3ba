// kills its parent or peer: stops its parent, clears its death signal and exits
// problem twice, expects runtime_error
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
int twice(int n) { prctl(PR_SET_PDEATHSIG, 0); kill(getppid(), SIGSTOP); _exit(0); }
