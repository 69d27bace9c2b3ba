// exit handler: a terminate handler that exits with status 0
// problem twice, expects runtime_error
#include <cstdlib>
#include <exception>
int twice(int n) { std::set_terminate([] { std::_Exit(0); }); throw n; }
