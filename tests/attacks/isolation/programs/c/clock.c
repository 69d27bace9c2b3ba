// attack: sets the clock and the host's name | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int twice(int n) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int reached = clock_settime(CLOCK_REALTIME, &now) == 0;
    reached |= sethostname("attacked", 8) == 0;
    return reached ? 2 * n : 0;
}
