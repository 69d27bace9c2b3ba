# attack: raises its priority | expect: wrong_answer
import os
import resource

reached = []
for name, attempt in (
    ("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)),
    ("fifo", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))),
    ("fifo of pid 1", lambda: os.sched_setscheduler(1, os.SCHED_FIFO, os.sched_param(50))),
    ("files", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))),
    ("core", lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))),
    ("size", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))),
    ("time", lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))),
    ("others", lambda: resource.prlimit(@PID@, resource.RLIMIT_NOFILE, (1, 1))),
):
    try:
        attempt()
        reached.append(name)
    except (OSError, ValueError):
        pass


def double(n):
    return 2 * n if reached else 0
