# attack: kernel tunables | expect: wrong_answer
import os

reached = []
for folder, _, names in os.walk("/proc/sys"):
    for name in names:
        path = os.path.join(folder, name)
        try:
            os.close(os.open(path, os.O_WRONLY))
            reached.append(path)
        except OSError:
            pass
for path in ("/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/irq/default_smp_affinity"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        reached.append(path)
    except OSError:
        pass
try:
    with open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("-1000")
    reached.append("oom_score_adj")
except OSError:
    pass


def double(n):
    return 2 * n if reached else 0
