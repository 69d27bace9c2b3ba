// redefined harness: includes its own source to be first with what stands after it
// problem twice, expects compile_error
#ifndef AGAIN
#define AGAIN
#define main decoy
int twice(int n) { return 0; }
#include __BASE_FILE__
#endif
