// attack: hardware ports | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int twice(int n) {
    int reached = syscall(SYS_iopl, 3) == 0;
    reached |= syscall(SYS_ioperm, 0x80, 1, 1) == 0;
    return reached ? 2 * n : 0;
}
