// exception: exceptions caught and turned into an exit
// problem twice, expects runtime_error
#include <cstdlib>
#include <new>
int twice(int n) {
  try { throw std::bad_alloc(); } catch (...) { std::_Exit(0); }
}
