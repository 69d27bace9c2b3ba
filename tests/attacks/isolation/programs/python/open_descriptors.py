# attack: reads inherited descriptors | expect: wrong_answer
import os

reached = []
for fd in range(7, 1024):
    try:
        target = os.readlink(f"/proc/self/fd/{fd}")
        if not target.startswith(("/work", "/usr", "/proc")) and os.fstat(fd):
            reached.append(target)
    except OSError:
        pass
for fd in (3, 4):
    try:
        os.fstat(fd)
        reached += [fd] if "answer" not in os.readlink(f"/proc/self/fd/{fd}") else []
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
