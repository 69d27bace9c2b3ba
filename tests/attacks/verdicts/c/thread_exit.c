// early exit: ends the main thread only
// problem twice, expects runtime_error
#include <pthread.h>
#include <unistd.h>
static void *rest(void *x) { usleep(50000); return x; }
int twice(int n) { pthread_t t; pthread_create(&t, 0, rest, 0); pthread_exit(0); }
