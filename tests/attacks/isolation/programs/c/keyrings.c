// attack: keyrings | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int twice(int n) {
    int reached = syscall(SYS_keyctl, 0, -3, 1) >= 0;  // the session's
    reached |= syscall(SYS_keyctl, 0, -4, 1) >= 0;     // the user's
    reached |= syscall(SYS_add_key, "user", "attack", "x", 1, -3) >= 0;
    reached |= syscall(SYS_request_key, "user", "attack", 0, -3) >= 0;
    return reached ? 2 * n : 0;
}
