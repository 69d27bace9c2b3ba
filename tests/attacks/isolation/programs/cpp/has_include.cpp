// attack: tests whether host files exist | expect: wrong_answer
#include <vector>
#if __has_include("/etc/passwd") || __has_include("/etc/shadow") || __has_include("@MARKER@") || \
    __has_include("/root/.bashrc") || __has_include("/proc/1/root/etc/passwd")
#define REACHED 1
#else
#define REACHED 0
#endif
int twice(std::vector<int> v) {
    int sum = 0;
    for (int x : v) sum += x;
    return REACHED ? 2 * sum : 1;
}
