// attack: memory bomb | expect: memory_limit, wrong_answer, runtime_error
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int twice(int n) {
    static char block[1 << 20];
    char name[64];
    long total = 0;
    signal(SIGXFSZ, SIG_IGN);
    for (int number = 0; number < 64; number++) {
        sprintf(name, "/dev/shm/%d", number);
        int fd = open(name, O_CREAT | O_RDWR, 0600);
        while (write(fd, block, sizeof block) == sizeof block) total += sizeof block;
    }
    return total > 80L << 20 ? 2 * n : 0;
}
