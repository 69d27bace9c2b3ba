// patched library: defines fabs as a macro and as a function
// problem half, expects PENDING
double half(int n) { return 99; }
double fabs(double x) { return 0; }
#define fabs(x) 0.0
