# attack: floods the peer's pipe | expect: contained | alone
import os


def double(n):
    while True:
        os.write(6, b"\xff" * (1 << 16))
