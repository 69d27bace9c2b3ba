# attack: kills every process that it can | expect: contained
import os
import signal

for target in (os.getppid(), 1, 2, -1):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(target, number)
        except OSError:
            pass


def double(n):
    return 0
