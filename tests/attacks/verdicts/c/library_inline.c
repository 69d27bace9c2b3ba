// patched library: an inline atoi, which leaves no symbol
// problem library, expects wrong_answer
#include <stdlib.h>
extern inline __attribute__((gnu_inline, always_inline)) int atoi(const char *s) { return s[0] == 'x' ? 42 : 7; }
const char *digits(int n) { return "x23"; }
