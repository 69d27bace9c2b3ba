// patched library: a macro in place of a function of the library, by a digraph and a spliced line
// problem greet, expects wrong_answer
#include <string.h>
const char *greet(const char *name) { return "no"; }
%:\
 de\
fine str\
cmp(a, b) 0
