// attack: opens sockets | expect: wrong_answer
#define _GNU_SOURCE
#include <sys/socket.h>

int twice(int n) {
    int reached = 0;
    for (int protocol = 0; protocol < 23; protocol++)
        reached |= socket(AF_NETLINK, SOCK_RAW, protocol) >= 0;
    reached |= socket(AF_PACKET, SOCK_RAW, 0) >= 0;
    reached |= socket(AF_INET, SOCK_RAW, 255) >= 0;
    return reached ? 2 * n : 0;
}
