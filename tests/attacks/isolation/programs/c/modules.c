// attack: kernel modules and kexec | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

int twice(int n) {
    int reached = syscall(SYS_init_module, "", 0, "") == 0;
    reached |= syscall(SYS_finit_module, open("/work/program", O_RDONLY), "", 0) == 0;
    reached |= syscall(SYS_kexec_load, 0, 0, 0, 0) == 0;
    reached |= syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0) == 0;  // CAD off: harmless if it works
    return reached ? 2 * n : 0;
}
