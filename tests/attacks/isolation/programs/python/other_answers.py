# attack: reads other programs' files | expect: wrong_answer
import os
import sys

# a comment in a neighbour's answer, in two halves so that this file does not hold it
token = b"-".join([b"neighbour", b"@SECRET@"])
reached = []
for root in ("/work", "/work/..", "/proc/self/cwd/..", "/tmp", "/var", "/dev/shm", "@CACHE@"):
    for folder, below, files in os.walk(root):
        path = os.path.realpath(folder)
        if path.startswith(("/proc", "/usr", "/sys", "/dev/pts", sys.base_prefix)):
            below.clear()
            continue
        for name in files if path != "/dev" else ():
            try:
                with open(os.path.join(folder, name), "rb") as stream:
                    if token in stream.read(1 << 20):
                        reached.append(name)
            except OSError:
                pass


def double(n):
    return 2 * n if reached else 0
