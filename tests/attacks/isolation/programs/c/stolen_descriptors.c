// attack: copies another process's descriptors | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int twice(int n) {
    int reached = 0;
    for (int pid = 1; pid < 4; pid++) {
        if (pid == getpid()) continue;
        long fd = syscall(434, pid, 0);  // pidfd_open
        for (int number = 0; number < 32; number++)
            reached |= fd >= 0 && syscall(438, fd, number, 0) >= 0;  // pidfd_getfd
    }
    return reached ? 2 * n : 0;
}
