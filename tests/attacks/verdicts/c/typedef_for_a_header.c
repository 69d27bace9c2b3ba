// redefined types: a macro hides the header's int64_t, so that the answer can declare it
// problem wide, expects compile_error
#define int64_t unused
#include <stdint.h>
#undef int64_t
typedef double int64_t;
double wide(int n) { return 5000000004; }
