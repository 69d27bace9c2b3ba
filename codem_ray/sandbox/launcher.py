"""A thread to start sandboxes from, which sees few mounts and has no network.

bubblewrap reads the list of all mounts again for each mount that it makes, and a network namespace
costs more than all other namespaces together. A thread may have namespaces of its own: this one
leaves the kernel's own file systems out of its list, and its network, host name and System V
objects are nobody else's. Programs that can make neither sockets nor such objects can stay in them,
which takes a quarter off a start. Only root may do so; everyone else goes without.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from codem_ray.sandbox.cgroups import Door
from codem_ray.sandbox.spawn import spawn

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC, _CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x40000000,
)
_MS_REC, _MS_SLAVE, _MNT_DETACH = 0x4000, 0x80000, 2
_OF_THE_KERNEL = ("bpf", "cgroup", "cgroup2", "devpts", "hugetlbfs", "mqueue", "sysfs")
"""Types of file systems that no program is shown; what else is mounted below /sys goes, too."""
_SYS = "/sys"
HOST_NAME = "sandbox"
"""As all programs see it."""


class Launcher:
    """Starts processes from a thread of its own, which lasts as long as this process.

    A program that is to end with its parent ends with the thread that started it.
    """

    def __init__(self) -> None:
        """Make the thread and its namespaces; an OSError says that this is not allowed here."""
        self._pid = os.getpid()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-launcher")
        try:
            self._thread.submit(_enter).result()
        except OSError:
            self._thread.shutdown()
            raise

    @property
    def is_here(self) -> bool:
        """Whether the thread belongs to this process: a fork has no threads."""
        return self._pid == os.getpid()

    def spawn(
        self, argv: Sequence[str], *, descriptors: Mapping[int, int], door: Door | None = None
    ) -> int:
        """Do as `codem_ray.sandbox.spawn.spawn`, behind a door if there is one."""

        within = None
        if door is not None:
            door.open()  # here, since the thread does not see the folders
            within = door.passed()
        future = self._thread.submit(spawn, argv, descriptors=descriptors, within=within)
        try:
            return future.result()
        except BaseException:  # an interrupt perhaps, while the thread goes on
            future.add_done_callback(partial(_end, door))
            raise


def _end(door: Door | None, started: Future[int]) -> None:
    """Kill what nobody knows of; close a door that nobody came to."""
    if door is not None:
        door.close()
    if started.exception() is None:
        os.kill(started.result(), signal.SIGKILL)
        os.waitpid(started.result(), 0)


def open_launcher() -> Launcher | None:
    """Return a launcher; None where it cannot be had."""
    if os.getuid() != 0:
        return None
    try:
        return Launcher()
    except OSError:
        return None


def _enter() -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *arguments: object) -> None:
        if getattr(libc, name)(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")

    call("unshare", _CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWNET)
    call("sethostname", HOST_NAME.encode(), len(HOST_NAME))
    # What is mounted on the host later is still seen; what is unmounted here is not there.
    call("mount", None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_SLAVE), None)
    with open("/proc/thread-self/mounts", encoding="utf-8") as stream:
        mounts = [line.split(" ")[1:3] for line in stream]
    for point, kind in reversed(mounts):
        if kind in _OF_THE_KERNEL or point == _SYS or point.startswith(f"{_SYS}/"):
            call("umount2", os.fsencode(point), _MNT_DETACH)
