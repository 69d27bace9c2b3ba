// exit handler: an exception in an exit handler
// problem twice, expects PENDING
#include <cstdlib>
int twice(int n) { std::atexit([] { throw 1; }); std::exit(0); }
