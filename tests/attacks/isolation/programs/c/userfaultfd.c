// attack: userfaultfd | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

int twice(int n) {
    int reached = syscall(SYS_userfaultfd, O_CLOEXEC | 1) >= 0;
    reached |= open("/dev/userfaultfd", O_RDWR) >= 0;
    return reached ? 2 * n : 0;
}
