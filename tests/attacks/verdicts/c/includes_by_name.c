// redefined harness: includes its own source by the name that it is built under
// problem twice, expects compile_error
#ifndef AGAIN
#define AGAIN
#define main decoy
int twice(int n) { return 0; }
#include "program.c"
#endif
