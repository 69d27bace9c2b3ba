// optimization: a NaN equals every number where a pragma says that there is none
// problem exact, expects wrong_answer
#pragma GCC optimize("Ofast")
#include <math.h>
double half(int n) { return sqrt(-n); }
