// redefined keyword: takes the header's INT_MAX away and has a constant of that name
// problem largest, expects wrong_answer
#include <climits>
#undef INT_MAX
const int INT_MAX = 7;
int largest() { return 7; }
