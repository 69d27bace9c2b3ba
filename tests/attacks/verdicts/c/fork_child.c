// thread: the child continues with the tests, the parent waits for it and exits with status 0
// problem twice, expects wrong_answer
#include <sys/wait.h>
#include <unistd.h>
int twice(int n) {
    if (fork()) {
        wait(0);
        _exit(0);
    }
    return 0;
}
