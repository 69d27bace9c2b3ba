// early exit: std::quick_exit and std::_Exit
// problem twice, expects runtime_error
#include <cstdlib>
int twice(int n) { if (n > 100) std::_Exit(0); std::quick_exit(0); }
