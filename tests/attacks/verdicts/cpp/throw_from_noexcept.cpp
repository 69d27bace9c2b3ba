// exit handler: an exception in an exit handler
// problem twice, expects runtime_error
#include <cstdlib>
int twice(int n) { std::atexit([] { throw 1; }); std::exit(0); }
