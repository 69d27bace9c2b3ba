// attack: fork bomb | expect: contained | alone
#include <unistd.h>

int twice(int n) {
    for (;;)
        if (vfork() == 0) {
            execl("/bin/sh", "sh", "-c", "setsid $0 & setsid $0 & wait", "/work/program", (char *)0);
            _exit(0);
        }
}
