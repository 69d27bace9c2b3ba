// early exit: _exit(0) inside the call
// problem twice, expects runtime_error
#include <unistd.h>
int twice(int n) { _exit(0); }
