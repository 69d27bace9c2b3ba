// redefined keyword: takes the header's true away and has a constant of that name
// problem truth, expects wrong_answer
#include <stdbool.h>
#undef true
#undef false
enum { true = 0, false = 0 };
int is_even(int n) { return 0; }
