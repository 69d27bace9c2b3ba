# attack: writes to cgroups | expect: wrong_answer
import ctypes
import os

reached = []
folders = "@CGROUPS@".split(":") + ["/sys/fs/cgroup", "/cgroup", "/tmp/cgroup"]
libc = ctypes.CDLL(None)
os.makedirs("/tmp/cgroup")
for kind in (b"cgroup", b"cgroup2"):
    if libc.mount(b"none", b"/tmp/cgroup", kind, 0, None) == 0:
        reached.append("mounted")
for folder in folders:
    for name in ("cgroup.procs", "memory.max", "memory.limit_in_bytes", "pids.max", "tasks"):
        for path in (f"{folder}/{name}", f"{folder}/unified/{name}", f"{folder}/memory/{name}"):
            try:
                os.close(os.open(path, os.O_WRONLY))
                reached.append(path)
            except OSError:
                pass


def double(n):
    return 2 * n if reached else 0
