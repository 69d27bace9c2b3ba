// attack: 1 GB to the report | expect: output_limit
#include <unistd.h>

int twice(int n) {
    static char block[1 << 20];
    for (int i = 0; i < 1024; i++) write(4, block, sizeof block);
    return 2 * n;
}
