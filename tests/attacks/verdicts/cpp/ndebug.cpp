// redefined assertion: NDEBUG, and an assert by macro
// problem twice, expects wrong_answer
#define NDEBUG
#include <cassert>
#undef assert
#define assert(...) (void)0
int twice(int n) { return 0; }
