# attack: links to host files | expect: wrong_answer
import os

reached = []
for number, path in enumerate(("@MARKER@", "/etc/shadow", "/work/answer.py", "/usr/bin/env")):
    try:
        os.link(path, f"/tmp/hard{number}")
        reached.append(path)
    except OSError:
        pass
    try:
        os.symlink(path, f"/work/soft{number}")
        reached.append(path)
    except OSError:
        pass
    try:
        os.mknod(f"/tmp/device{number}", 0o60666, os.makedev(254, 0))
        reached.append("device")
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
