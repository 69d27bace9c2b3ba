# attack: fork bomb | expect: contained | alone
import os

while True:
    try:
        os.fork()
    except OSError:
        pass


def double(n):
    return 2 * n
