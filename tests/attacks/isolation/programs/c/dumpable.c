// attack: raises its rights | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <unistd.h>

int twice(int n) {
    int reached = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
    for (int capability = 0; capability < 41; capability++) {
        reached |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0;
        reached |= prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1 && setuid(0) == 0;
    }
    return reached ? 2 * n : 0;
}
