# attack: stops itself and its group | expect: timeout | alone
import os
import signal


def double(n):
    os.killpg(0, signal.SIGSTOP)
    return 2 * n
