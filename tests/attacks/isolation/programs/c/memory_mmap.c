// attack: memory bomb | expect: memory_limit, timeout | alone
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

int twice(int n) {
    for (;;) {
        char *block = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        memset(block, 1, 64 << 20);
    }
}
