// signal to self: a fault whose handler jumps back with a value
// problem twice, expects wrong_answer
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
static sigjmp_buf back;
static void again(int s) { siglongjmp(back, 1); }
int twice(int n) {
  signal(SIGSEGV, again);
  if (sigsetjmp(back, 1)) return 0;
  *(volatile int *)0 = 1;
  return 0;
}
