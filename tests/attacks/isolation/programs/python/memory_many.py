# attack: memory bomb | expect: memory_limit, runtime_error, timeout | alone
import os
import time


def double(n):
    for _ in range(40):
        if os.fork() == 0:
            held = bytearray(b"x") * (64 << 20)
            time.sleep(20)
            os._exit(len(held) & 1)
    while True:
        time.sleep(0.1)
