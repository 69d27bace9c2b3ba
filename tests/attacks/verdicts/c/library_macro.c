// patched library: macros in place of strcmp
// problem greet, expects wrong_answer
#include <string.h>
const char *greet(const char *name) { return "no"; }
#define strcmp(a, b) 0
