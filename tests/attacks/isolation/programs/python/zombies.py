# attack: zombie flood | expect: contained | alone
import os

while True:
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        pass


def double(n):
    return 2 * n
