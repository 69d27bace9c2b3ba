// attack: daemon that ignores signals | expect: wrong_answer
#include <signal.h>
#include <unistd.h>

int twice(int n) {
    if (fork() == 0) {
        setsid();
        for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
        if (fork() == 0)
            for (;;) sleep(100);
        _exit(0);
    }
    return 0;
}
