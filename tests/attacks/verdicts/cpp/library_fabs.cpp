// library replaced: defines fabs, round and pow
// problem library, expects wrong_answer
#include <math.h>
extern "C" double fabs(double) noexcept { return 0; }
extern "C" double round(double) noexcept { return 15; }
extern "C" double pow(double, double) noexcept { return 4; }
double half(int) { return 0; }
