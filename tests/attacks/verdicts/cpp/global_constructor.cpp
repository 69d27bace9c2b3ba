// static initialiser: a global object's constructor ends the program
// problem twice, expects runtime_error
#include <cstdlib>
struct Early { Early() { std::_Exit(0); } } early;
int twice(int n) { return 0; }
