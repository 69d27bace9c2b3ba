# attack: announces a huge message | expect: contained | alone
import os


def double(n):
    os.write(6, b"\xff\xff\xff\xff")
    os.close(6)
    return 2 * n
