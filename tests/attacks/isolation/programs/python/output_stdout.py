# attack: 1 GB of output | expect: output_limit
import os


def double(n):
    for _ in range(1024):
        os.write(1, b"x" * (1 << 20))
    return 2 * n
