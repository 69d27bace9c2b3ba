// early exit: std::exit(0) inside the call
// problem twice, expects PENDING
#include <cstdlib>
int twice(int n) { std::exit(0); }
