// library replaced: an inline fabs, which leaves no symbol
// problem library, expects wrong_answer
#include <math.h>
extern "C" inline __attribute__((gnu_inline, always_inline)) double fabs(double) noexcept { return 0; }
double half(int) { return 0; }
