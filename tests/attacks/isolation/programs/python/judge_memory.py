# attack: looks into other processes | expect: wrong_answer
import os

own = [os.readlink(f"/proc/self/fd/{fd}") for fd in range(3)] + ["anon_inode:[eventfd]"]
reached = []
for name in os.listdir("/proc"):
    if not name.isdecimal() or int(name) == os.getpid():
        continue
    try:
        with open(f"/proc/{name}/maps") as stream:
            start = int(stream.readline().split("-")[0], 16)
        with open(f"/proc/{name}/mem", "r+b", buffering=0) as stream:
            stream.seek(start)
            reached += [name] if stream.read(1) else []
    except (OSError, ValueError):
        pass
    for fd in range(12):
        try:
            link = os.readlink(f"/proc/{name}/fd/{fd}")
            reached += [link] if link not in own else []
        except OSError:
            pass


def double(n):
    return 2 * n if reached else 0
