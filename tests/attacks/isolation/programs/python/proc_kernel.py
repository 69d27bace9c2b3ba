# attack: reads kernel memory and secrets | expect: wrong_answer
reached = []
for name in (
    "/proc/kcore",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/slabinfo",
    "/proc/vmallocinfo",
    "/proc/keys",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/kmsg",
    "/dev/mem",
    "/dev/kmem",
    "/dev/kmsg",
    "/dev/vda",
    "/dev/sda",
    "/sys/kernel/debug",
):
    try:
        with open(name, "rb", buffering=0) as stream:
            if stream.read(16):
                reached.append(name)
    except OSError:
        pass
try:
    with open("/proc/kallsyms") as stream:
        if int(stream.readline().split()[0], 16):
            reached.append("kallsyms")
except (OSError, IndexError):
    pass


def double(n):
    return 2 * n if reached else 0
