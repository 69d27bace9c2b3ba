// redefined keyword: undefines the header's INT_MAX and declares a constant of that name
// problem largest, expects wrong_answer
#include <limits.h>
#undef INT_MAX
const int INT_MAX = 7;
int largest(void) { return 7; }
