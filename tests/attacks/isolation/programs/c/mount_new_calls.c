// attack: mount | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int twice(int n) {
    int reached = syscall(428, -100, "/", 1) >= 0;  // open_tree
    reached |= syscall(430, "tmpfs", 0) >= 0;      // fsopen
    reached |= syscall(433, -100, "/", 0) >= 0;    // fspick
    reached |= syscall(442, -100, "/", 0, 0, 0) >= 0;  // mount_setattr
    return reached ? 2 * n : 0;
}
