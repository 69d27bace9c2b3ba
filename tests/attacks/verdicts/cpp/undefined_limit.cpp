// redefined keyword: undefines the header's INT_MAX and declares a constant of that name
// problem largest, expects wrong_answer
#include <climits>
#undef INT_MAX
const int INT_MAX = 7;
int largest() { return 7; }
