// attack: opens sockets | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/socket.h>

int twice(int n) {
    int reached = socket(40, SOCK_STREAM, 0) >= 0;  // AF_VSOCK
    reached |= socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
    return reached ? 2 * n : 0;
}
