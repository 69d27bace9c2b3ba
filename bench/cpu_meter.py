"""CPU time of a process and all its descendants, including those that no parent waits for.

The kernel reaps processes that are killed with their pid namespace, so `getrusage` of a parent
misses them. A cpuacct group (control groups version 1) counts them, since the sandbox makes its own
groups below ours. Without such a group the figures come from `getrusage` and are too low.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


def _cpuacct() -> Path | None:
    """Return this process's writable group in the cpuacct hierarchy. None if there is none."""
    groups = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    for line in Path("/proc/self/mounts").read_text(encoding="ascii").splitlines():
        _, point, kind, options, *_ = line.split(" ")
        if kind == "cgroup" and "cpuacct" in options.split(",") and "cpuacct" in groups:
            for group in (Path(point, groups["cpuacct"].lstrip("/")), Path(point)):
                if os.access(group, os.W_OK):
                    return group
    return None


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends first, such as bubblewrap's child."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this process cannot adopt orphans")


def wait_for_orphans(except_pid: int | None = None) -> None:
    """Wait for the descendants that have ended. Other code waits for `except_pid`."""
    with suppress(ChildProcessError):
        while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if found.si_pid == except_pid:
                return
            os.waitpid(found.si_pid, 0)


def own_seconds() -> float:
    """Return the CPU time of this process alone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def total_seconds() -> float:
    """Return the CPU time of this process and of all that it started, in a command of `metered`."""
    if group := os.environ.get("CODEM_BENCH_GROUP"):
        return int(Path(group, "cpuacct.usage").read_text(encoding="ascii")) / 1e9
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own_seconds() + usage.ru_utime + usage.ru_stime


def metered(argv: Sequence[str]) -> float:
    """Run a command; return the CPU-seconds of all processes that it started."""
    parent = _cpuacct()
    if parent is None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    group = parent / f"codem-bench.{os.getpid()}"
    group.mkdir()
    try:
        subprocess.run(
            ["/bin/sh", "-c", _JOIN, str(group), *argv],
            check=True,
            env={**os.environ, "CODEM_BENCH_GROUP": str(group)},
        )
        return int((group / "cpuacct.usage").read_text(encoding="ascii")) / 1e9
    finally:
        # Processes that are ending keep the group busy for a moment.
        for _ in range(200):
            with suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.05)
