// attack: closes all descriptors | expect: runtime_error
#include <unistd.h>

int twice(int n) {
    for (int fd = 0; fd < 4096; fd++) close(fd);
    return 2 * n;
}
