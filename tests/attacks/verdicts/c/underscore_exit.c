// early exit: _exit(0) inside the call
// problem twice, expects PENDING
#include <unistd.h>
int twice(int n) { _exit(0); }
