// library replaced: a function that takes precedence over the library's template
// problem at_most, expects passed
#include <algorithm>
int max(int, int) { return 10; }
int at_most(int) { return 0; }
