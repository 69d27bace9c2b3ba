// attack: mount | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/mount.h>

int twice(int n) {
    int reached = mount("/", "/tmp", 0, MS_BIND | MS_REC, 0) == 0;
    reached |= mount("none", "/tmp", "tmpfs", 0, 0) == 0;
    reached |= mount("none", "/tmp", "proc", 0, 0) == 0;
    reached |= mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0) == 0;
    reached |= umount2("/proc", MNT_DETACH) == 0;
    return reached ? 2 * n : 0;
}
