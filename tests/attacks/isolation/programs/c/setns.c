// attack: setns | expect: wrong_answer
#define _GNU_SOURCE
#include <sched.h>
#include <fcntl.h>

int twice(int n) {
    const char *names[] = {"/proc/1/ns/user", "/proc/1/ns/mnt", "/proc/1/ns/net", "/proc/1/ns/pid",
                           "/proc/self/ns/user", "/proc/self/ns/mnt"};
    int reached = 0;
    for (int i = 0; i < 6; i++) {
        int fd = open(names[i], O_RDONLY);
        reached |= fd >= 0 && setns(fd, 0) == 0;
    }
    return reached ? 2 * n : 0;
}
