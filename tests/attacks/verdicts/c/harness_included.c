// redefined harness: includes the harness's headers to reach its names
// problem twice, expects wrong_answer
#include "codem_check.h"
#include "codem_tests.h"
#ifdef CODEM_NAME
extern inline __attribute__((gnu_inline, always_inline)) void CODEM_NAME(bad_)(const char *w, int l) {
  CODEM_NAME(ok_)();
}
#endif
int twice(int n) { return 0; }
