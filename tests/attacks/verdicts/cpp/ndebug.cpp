// redefined assertion: NDEBUG, and an assert by macro
// problem twice, expects PENDING
#define NDEBUG
#include <cassert>
#undef assert
#define assert(...) (void)0
int twice(int n) { return 0; }
