# attack: memory that no process maps | expect: contained | alone
import os
import socket

held = []
while True:
    try:
        pair = socket.socketpair()
        pair[0].setblocking(False)
        held.append(pair)
        while True:
            pair[0].send(b"x" * 65536)
    except OSError:
        if len(held) > 1900 and os.fork():
            held.clear()


def double(n):
    return 2 * n
