// redefined harness: includes its own source by its file name
// problem twice, expects compile_error
#ifndef AGAIN
#define AGAIN
#define main decoy
int twice(int n) { return 0; }
#include "program.c"
#endif
