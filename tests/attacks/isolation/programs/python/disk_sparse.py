# attack: sparse file | expect: wrong_answer
import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
reached = False
for place in ("/tmp", "/dev/shm"):
    try:
        with open(f"{place}/sparse", "wb") as stream:
            os.ftruncate(stream.fileno(), 1 << 40)
        reached = True
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
