# kills its parent or peer: kill(-1) and kill(1)
# problem twice, expects wrong_answer
import os

def twice(n):
    for pid in (1, os.getppid(), -1):
        try:
            os.kill(pid, 9)
        except OSError:
            pass
    return 0
