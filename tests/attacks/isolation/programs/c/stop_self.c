// attack: stops itself and its parent | expect: timeout | alone
#include <signal.h>
#include <unistd.h>

int twice(int n) {
    kill(getppid(), SIGSTOP);
    kill(getppid(), SIGKILL);
    kill(0, SIGSTOP);
    return 2 * n;
}
