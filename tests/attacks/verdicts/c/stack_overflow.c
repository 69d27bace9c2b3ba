// resource error: turns a stack overflow into an exit with status 0
// problem twice, expects runtime_error
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static char other[65536];
static void end(int s) { _exit(0); }
static int down(volatile int n) { volatile char room[4096]; room[0] = n; return down(n + 1) + room[0]; }
int twice(int n) {
  stack_t st = {.ss_sp = other, .ss_size = sizeof other};
  struct sigaction act = {.sa_handler = end, .sa_flags = SA_ONSTACK};
  sigaltstack(&st, 0);
  sigaction(SIGSEGV, &act, 0);
  return down(n);
}
