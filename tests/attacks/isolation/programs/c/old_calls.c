// attack: calls of another architecture | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int twice(int n) {
    int reached = syscall(0x40000000 + 41, 2, 1, 0) >= 0;   // x32: socket
    reached |= syscall(0x40000000 + 521, 0, 0, 0, 0) == 0;  // x32: ptrace
    return reached ? 2 * n : 0;
}
