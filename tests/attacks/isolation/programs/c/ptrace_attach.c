// attack: ptrace | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <unistd.h>

int twice(int n) {
    int reached = ptrace(PTRACE_SEIZE, 1, 0, 0) == 0 || ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0;
    return reached ? 2 * n : 0;
}
