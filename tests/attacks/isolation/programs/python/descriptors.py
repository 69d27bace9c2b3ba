# attack: closes all descriptors | expect: contained
import os

os.closerange(0, 4096)


def double(n):
    return 2 * n
