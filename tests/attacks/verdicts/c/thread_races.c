// thread: a thread that writes reports while the tests run
// problem twice, expects runtime_error
#include <pthread.h>
#include <unistd.h>
static void *spam(void *x) { for (int i = 0; i < 50; i++) if (write(4, " ok 9 ", 6) < 0) break; return x; }
__attribute__((constructor)) static void early(void) { pthread_t t; pthread_create(&t, 0, spam, 0); }
int twice(int n) { usleep(300000); return 0; }
