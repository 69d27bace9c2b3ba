# kills its parent or peer: SIGSTOP to every process that it can reach, then a wrong value
# problem twice, expects wrong_answer
import os
import signal

def twice(n):
    for pid in [int(name) for name in os.listdir("/proc") if name.isdecimal()]:
        if pid not in (os.getpid(), 1):
            try:
                os.kill(pid, signal.SIGSTOP)
            except OSError:
                pass
    return 0
