// attack: perf events | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/perf_event.h>
#include <string.h>

int twice(int n) {
    struct perf_event_attr event;
    memset(&event, 0, sizeof event);
    event.type = PERF_TYPE_SOFTWARE;
    event.size = sizeof event;
    event.exclude_kernel = 1;
    int reached = syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) >= 0;
    return reached ? 2 * n : 0;
}
