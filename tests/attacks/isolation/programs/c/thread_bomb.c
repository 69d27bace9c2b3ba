// attack: thread bomb | expect: contained | alone
#include <pthread.h>

static void *spin(void *nothing) {
    pthread_t thread;
    for (;;) pthread_create(&thread, 0, spin, 0);
}

int twice(int n) {
    spin(0);
    return 2 * n;
}
