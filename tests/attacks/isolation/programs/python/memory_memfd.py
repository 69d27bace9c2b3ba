# attack: memory that no process maps | expect: memory_limit, runtime_error, timeout | alone
import os

block = b"x" * (1 << 20)


def double(n):
    while True:
        fd = os.memfd_create("hidden")
        for _ in range(60):
            os.write(fd, block)
