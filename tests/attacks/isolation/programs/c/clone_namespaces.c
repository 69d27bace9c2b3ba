// attack: clone with namespaces | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

int twice(int n) {
    int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC};
    int reached = 0;
    for (int i = 0; i < 6; i++) {
        long pid = syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) _exit(0);
        reached |= pid > 0;
        uint64_t arguments[8] = {flags[i], 0, 0, 0, SIGCHLD};
        pid = syscall(SYS_clone3, arguments, sizeof arguments);
        if (pid == 0) _exit(0);
        reached |= pid > 0;
    }
    return reached ? 2 * n : 0;
}
