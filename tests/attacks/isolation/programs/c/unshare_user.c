// attack: unshare | expect: wrong_answer
#define _GNU_SOURCE
#include <sched.h>

int twice(int n) {
    int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC,
                   CLONE_NEWCGROUP, 0x80};
    int reached = 0;
    for (int i = 0; i < 8; i++) reached |= unshare(flags[i]) == 0;
    return reached ? 2 * n : 0;
}
