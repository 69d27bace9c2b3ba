// thread: the parent exits with status 0 at once, the child would continue with the tests later
// problem twice, expects runtime_error
#include <unistd.h>
int twice(int n) {
    if (fork()) _exit(0);
    usleep(300000);
    return 2 * n;
}
