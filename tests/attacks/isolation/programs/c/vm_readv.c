// attack: process_vm_readv | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/uio.h>
#include <unistd.h>

int twice(int n) {
    char mine[16];
    struct iovec local = {mine, sizeof mine}, remote = {mine, sizeof mine};
    int reached = process_vm_readv(getpid(), &local, 1, &remote, 1, 0) > 0;
    return reached ? 2 * n : 0;
}
