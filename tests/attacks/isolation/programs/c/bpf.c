// attack: bpf | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <string.h>

int twice(int n) {
    struct { unsigned type, key, value, entries, flags; char rest[100]; } map = {2, 4, 4, 1, 0};
    int reached = syscall(SYS_bpf, 0, &map, sizeof map) >= 0;
    return reached ? 2 * n : 0;
}
