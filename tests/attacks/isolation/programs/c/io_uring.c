// attack: io_uring | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <string.h>

int twice(int n) {
    char parameters[256];
    memset(parameters, 0, sizeof parameters);
    int reached = syscall(425, 4, parameters) >= 0;
    return reached ? 2 * n : 0;
}
