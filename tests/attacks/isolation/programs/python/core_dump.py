# attack: core dump | expect: wrong_answer
import os
import resource
import signal

for soft in (-1, 1 << 30):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, soft))
    except (OSError, ValueError):
        pass
os.chdir("/tmp")
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGABRT)
_, status = os.waitpid(child, 0)
reached = os.WCOREDUMP(status) or [name for name in os.listdir("/tmp") if "core" in name]


def double(n):
    return 2 * n if reached else 0
