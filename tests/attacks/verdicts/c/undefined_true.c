// redefined keyword: undefines the header's true and declares a constant of that name
// problem truth, expects wrong_answer
#include <stdbool.h>
#undef true
#undef false
enum { true = 0, false = 0 };
int is_even(int n) { return 0; }
