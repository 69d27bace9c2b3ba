// redefined types: a macro changes a header so that the tests have a narrow int64_t
// problem wide, expects compile_error
#define long
#include <stdint.h>
#undef long
int wide(int n) { return 705032704 + 2 + n; }
