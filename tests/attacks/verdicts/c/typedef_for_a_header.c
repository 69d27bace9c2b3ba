// redefined types: a header that is spent on a macro leaves the name to the answer
// problem wide, expects compile_error
#define int64_t unused
#include <stdint.h>
#undef int64_t
typedef double int64_t;
double wide(int n) { return 5000000004; }
