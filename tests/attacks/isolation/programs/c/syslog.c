// attack: kernel log | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/klog.h>

int twice(int n) {
    char text[64];
    int reached = klogctl(3, text, sizeof text) > 0;
    return reached ? 2 * n : 0;
}
