// attack: writes another process's memory | expect: wrong_answer
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int twice(int n) {
    char name[64];
    int reached = 0;
    for (int pid = 1; pid < 4; pid++) {
        if (pid == getpid()) continue;
        unsigned long start = 0;
        sprintf(name, "/proc/%d/maps", pid);
        FILE *maps = fopen(name, "r");
        if (maps && fscanf(maps, "%lx", &start) == 1) {
            sprintf(name, "/proc/%d/mem", pid);
            int fd = open(name, O_RDWR);
            char byte;
            reached |= fd >= 0 && pread(fd, &byte, 1, start) == 1;
        }
    }
    return reached ? 2 * n : 0;
}
