# attack: reads host files | expect: wrong_answer | weaker: passed
import os

paths = (
    "@MARKER@",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/root/.ssh",
    "/home",
    "/var/log",
    "/sys/kernel",
    "/run",
    "/proc/1/root/@MARKER@",
    "/proc/1/cwd/@MARKER@",
    "/work/../../..@MARKER@",
    "../../../..@MARKER@",
)
reached = []
for path in paths:
    try:
        if os.path.isdir(path):
            reached += os.listdir(path)
        elif open(path, "rb").read(1):
            reached.append(path)
    except OSError:
        pass
above = "@ABOVE@".split(":")
reached = [one for one in reached if one not in above]


def double(n):
    return 2 * n if reached else 0
