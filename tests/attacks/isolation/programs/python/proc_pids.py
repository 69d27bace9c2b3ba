# attack: sees other processes | expect: wrong_answer | weaker: passed
import os

seen = [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def double(n):
    return 2 * n if len(seen) > 3 or @PID@ in seen else 0
