# attack: talks to a service of the host | expect: wrong_answer | weaker: passed
import socket

reached = []
for family, address in (
    (socket.AF_INET, ("127.0.0.1", @PORT@)),
    (socket.AF_UNIX, "@UNIX@"),
    (socket.AF_UNIX, "\0@ABSTRACT@"),
):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.settimeout(2)
            one.connect(address)
            one.sendall(b"stolen")
        reached.append(address)
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
