# signal to self: SIGKILL to itself
# problem twice, expects runtime_error
import os
import signal

def twice(n):
    os.kill(os.getpid(), signal.SIGKILL)
