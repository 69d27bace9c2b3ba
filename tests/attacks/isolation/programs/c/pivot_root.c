// attack: pivot_root and chroot | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <sys/stat.h>

int twice(int n) {
    mkdir("/tmp/root", 0755);
    mkdir("/tmp/root/old", 0755);
    int reached = syscall(SYS_pivot_root, "/tmp/root", "/tmp/root/old") == 0;
    reached |= chroot("/tmp/root") == 0;
    return reached ? 2 * n : 0;
}
