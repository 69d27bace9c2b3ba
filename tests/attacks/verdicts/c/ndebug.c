// redefined assertion: NDEBUG and another assert
// problem twice, expects wrong_answer
#define NDEBUG
#include <assert.h>
#undef assert
#define assert(x) ((void)0)
int twice(int n) { return 0; }
