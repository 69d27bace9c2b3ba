# attack: double fork | expect: wrong_answer
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(64):
            try:
                os.close(fd)
            except OSError:
                pass
        time.sleep(120)
    os._exit(0)
os.wait()


def double(n):
    return 0
