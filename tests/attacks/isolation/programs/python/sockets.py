# attack: opens sockets | expect: wrong_answer | weaker: passed
import socket

reached = []
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            reached.append((family, kind))
        except OSError:
            pass


def double(n):
    return 2 * n if reached else 0
