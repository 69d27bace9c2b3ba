# attack: reads environments and command lines | expect: wrong_answer
import glob

reached = []
for name in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try:
        data = open(name, "rb").read()
    except OSError:
        continue
    if b"@HOSTVAR@" in data or b"pytest" in data or b"@TMPDIR@" in data:
        reached.append(name)


def double(n):
    return 2 * n if reached else 0
