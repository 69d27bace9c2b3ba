// static initialiser: an inline variable whose initialiser ends the program
// problem twice, expects runtime_error
#include <cstdlib>
inline int early = (std::_Exit(0), 1);
int twice(int n) { return early - 1; }
