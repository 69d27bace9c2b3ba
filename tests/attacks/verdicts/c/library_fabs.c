// patched library: defines fabs as a function
// problem half, expects wrong_answer
double half(int n) { return 99; }
__attribute__((noinline)) double fabs(double x) { return 0; }
