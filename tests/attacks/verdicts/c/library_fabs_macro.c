// patched library: defines fabs as a macro, hidden from a reader that removes comments
// problem half, expects wrong_answer
double half(int n) { return 99; }
const char *open = "/*";
#define fabs(x) 0.0
const char *close = "*/";
