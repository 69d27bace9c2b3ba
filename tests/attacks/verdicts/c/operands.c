// redefined keyword: macros that change the words of operators and literals
// problem truth, expects wrong_answer
#include <stdbool.h>
bool is_even(int n) { return 1; }
#undef false
#define false true
