// attack: ptrace | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/ptrace.h>

int twice(int n) {
    int reached = ptrace(PTRACE_TRACEME, 0, 0, 0) == 0;
    return reached ? 2 * n : 0;
}
