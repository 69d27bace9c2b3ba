"""Control groups: limits and figures for a whole process tree, by version 1 or version 2.

What a host gives is found out by making a group, not by reading its version: a v2 tree may be
mounted without controllers, and a group may exist that we cannot write.
"""

# names below /sys/fs/cgroup stay plain strings: they are written in every run
# ruff: noqa: PTH102, PTH106, PTH110, PTH112, PTH208

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import ClassVar, Protocol

from codem_ray.errors import SandboxError
from codem_ray.records import Limits
from codem_ray.sandbox.process_tree import start_time
from codem_ray.sandbox.protocol import Finding

PREFIX = "codem-ray."
_V1_CONTROLLERS = ("memory", "pids", "cpuacct")
_V2_CONTROLLERS = ("memory", "pids")
_REMOVE_SECONDS = 5.0
_REMEDY = (
    "give the process writable control groups: on a host run it under `systemd-run --user --scope "
    "-p Delegate=yes codem-ray ...`; in a container mount /sys/fs/cgroup writable. Without them "
    "the memory of the process tree is polled every 50 ms and may exceed its limit in between"
)
_CALLER = b"0"
"""What stands for the calling thread in a `tasks`."""
_counter = itertools.count()


class Door:
    """A way into a group for the calling thread, and back: what it starts in there stays there.

    A thread that asks for itself is moved at once. To move another process the kernel first waits
    until nothing on the host is forking, which takes 5 to 20 ms. The leader of a process must not
    go in: in version 1 the memory of all its threads would go with it.
    """

    def __init__(self, inside: Iterable[str], outside: Iterable[str]) -> None:
        """Take the folders of both sides."""
        self._inside_folders, self._outside_folders = tuple(inside), tuple(outside)
        self._inside: list[int] = []
        self._outside: list[int] = []

    def open(self) -> None:
        """Open both sides: the thread that goes through need not see the folders."""
        try:
            for folder in self._inside_folders:
                self._inside.append(_open(f"{folder}/tasks"))
            for folder in self._outside_folders:
                self._outside.append(_open(f"{folder}/tasks"))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close what is open, if anything is."""
        for fds in (self._inside, self._outside):
            while fds:
                os.close(fds.pop())

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be inside for the length of the block; the door is closed behind it."""
        try:
            for fd in self._inside:
                os.write(fd, _CALLER)
            yield
        finally:
            try:
                for fd in self._outside:
                    os.write(fd, _CALLER)
            finally:
                self.close()


class Group(Protocol):
    """One control group that holds one program."""

    def join(self, pid: int) -> None:
        """Move a process in; what it starts is then inside too."""

    door: Door | None
    """A way in for a thread, if there is one."""

    has_peak: bool
    """Whether the kernel keeps the peak of memory; otherwise the tree is looked at."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of all that ran inside."""

    def peak_memory_bytes(self) -> int:
        """Return the most memory ever held at one time."""

    def is_out_of_memory(self) -> bool:
        """Tell whether the kernel ended a process inside for want of memory."""

    def kill(self) -> None:
        """Kill all that is inside."""

    def remove(self) -> None:
        """Kill all that is inside and remove the group."""


def _read(path: str) -> str:
    with open(path, "rb", buffering=0) as stream:
        return stream.read().decode("ascii")


def _open(path: str) -> int:
    """Open a file of a group to write to."""
    return os.open(path, os.O_WRONLY | os.O_CLOEXEC)


def _write(path: str, value: str) -> None:
    fd = _open(path)
    try:
        os.write(fd, value.encode("ascii"))
    finally:
        os.close(fd)


def _counters(path: str) -> dict[str, int]:
    return {
        name: int(value)
        for name, _, value in (line.partition(" ") for line in _read(path).splitlines())
    }


def _kill_processes(directory: str) -> None:
    try:
        pids = {int(pid) for pid in _read(f"{directory}/cgroup.procs").split()}
    except (FileNotFoundError, OSError):
        return
    # This process would be there if a thread of it could not leave.
    for pid in pids - {os.getpid()}:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _remove(directory: str) -> None:
    """Kill what is inside and remove the directory; dying processes keep it busy for a while."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    pause = 0.0005
    while True:
        try:
            os.rmdir(directory)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"the control group {directory} could not be removed: {error.strerror}; "
                    f"see its cgroup.procs"
                ) from error
        _kill_processes(directory)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


class GroupV1:
    """A group in each of the version 1 hierarchies memory, pids and cpuacct."""

    version: ClassVar[str] = "cgroup-v1"
    has_peak = True

    def __init__(self, bases: Mapping[str, str], limits: Limits, *, has_door: bool = False) -> None:
        name = _new_name()
        self._directories = {
            controller: f"{bases[controller]}/{name}" for controller in _V1_CONTROLLERS
        }
        self.door = Door(self._directories.values(), bases.values()) if has_door else None
        try:
            for directory in self._directories.values():
                os.mkdir(directory)
            memory = self._directories["memory"]
            _write(f"{memory}/memory.limit_in_bytes", str(limits.memory_bytes))
            if os.path.exists(f"{memory}/memory.memsw.limit_in_bytes"):
                _write(f"{memory}/memory.memsw.limit_in_bytes", str(limits.memory_bytes))
            # More: the namespace's own first process, and behind a door what started it.
            own = 2 if has_door else 1
            _write(f"{self._directories['pids']}/pids.max", str(limits.processes + own))
        except OSError:
            self.remove()
            raise

    def join(self, pid: int) -> None:
        for directory in self._directories.values():
            _write(f"{directory}/cgroup.procs", str(pid))

    def cpu_seconds(self) -> float:
        return int(_read(f"{self._directories['cpuacct']}/cpuacct.usage")) / 1e9

    def peak_memory_bytes(self) -> int:
        return int(_read(f"{self._directories['memory']}/memory.max_usage_in_bytes"))

    def is_out_of_memory(self) -> bool:
        # memory.failcnt also counts limits met and mended by dropping cached pages
        control = _counters(f"{self._directories['memory']}/memory.oom_control")
        return control.get("oom_kill", 0) > 0 or control.get("under_oom", 0) > 0

    def kill(self) -> None:
        _kill_processes(self._directories["pids"])

    def remove(self) -> None:
        for directory in self._directories.values():
            _remove(directory)


class GroupV2:
    """A group of the version 2 hierarchy."""

    version: ClassVar[str] = "cgroup-v2"
    door: Door | None = None  # no thread may be in another group than its process

    def __init__(self, base: str, limits: Limits) -> None:
        self._directory = f"{base}/{_new_name()}"
        try:
            os.mkdir(self._directory)
            self.has_peak = os.path.exists(f"{self._directory}/memory.peak")  # since Linux 5.19
            self._set("memory.max", str(limits.memory_bytes))
            self._set("pids.max", str(limits.processes + 1))
            self._set("memory.oom.group", "1", is_optional=True)
            self._set("memory.swap.max", "0", is_optional=True)
        except OSError:
            self.remove()
            raise

    def _set(self, name: str, value: str, *, is_optional: bool = False) -> None:
        path = f"{self._directory}/{name}"
        if not is_optional or os.path.exists(path):
            _write(path, value)

    def join(self, pid: int) -> None:
        _write(f"{self._directory}/cgroup.procs", str(pid))

    def cpu_seconds(self) -> float:
        return _counters(f"{self._directory}/cpu.stat").get("usage_usec", 0) / 1e6

    def peak_memory_bytes(self) -> int:
        return int(_read(f"{self._directory}/memory.peak")) if self.has_peak else 0

    def is_out_of_memory(self) -> bool:
        return _counters(f"{self._directory}/memory.events").get("oom_kill", 0) > 0

    def kill(self) -> None:
        if os.path.exists(f"{self._directory}/cgroup.kill"):
            _write(f"{self._directory}/cgroup.kill", "1")
        else:
            _kill_processes(self._directory)

    def remove(self) -> None:
        _remove(self._directory)


class GroupFactory:
    """Makes groups below one place that has been tried out."""

    def __init__(self, version: str, bases: Mapping[str, str], *, has_doors: bool = False) -> None:
        self.version, self._bases, self.has_doors = version, dict(bases), has_doors

    @property
    def directories(self) -> tuple[str, ...]:
        """Where groups are made."""
        return tuple(self._bases.values())

    def make(self, limits: Limits, *, wants_door: bool = False) -> Group:
        """Make a group with limits, and with a door if there can be one.

        An OSError is a SandboxError.
        """
        try:
            if self.version == GroupV2.version:
                return GroupV2(self._bases["unified"], limits)
            return GroupV1(self._bases, limits, has_door=wants_door and self.has_doors)
        except OSError as error:
            raise SandboxError(
                f"no control group could be made: {error}; it worked when this process began: see "
                f"whether {', '.join(self.directories)} can still be written, then start anew"
            ) from error

    def remove_stale(self) -> int:
        """Remove groups whose owner is no longer alive; return how many."""
        num_removed = 0
        for base in self._bases.values():
            for name in os.listdir(base):
                if name.startswith(PREFIX) and not _has_living_owner(name):
                    _remove(f"{base}/{name}")
                    num_removed += 1
        return num_removed


def _new_name() -> str:
    pid = os.getpid()
    return f"{PREFIX}{pid}.{start_time(pid)}.{next(_counter)}"


def _has_living_owner(name: str) -> bool:
    pid, _, rest = name.removeprefix(PREFIX).partition(".")
    started = rest.partition(".")[0]
    if not (pid.isdecimal() and started.isdecimal()):
        return True  # not ours to judge
    return start_time(int(pid)) == int(started)


def _mounts() -> list[tuple[str, str, frozenset[str]]]:
    """Mount point, type and options of each control group hierarchy."""
    found = []
    for line in _read("/proc/self/mounts").splitlines():
        _, point, kind, options, *_ = line.split(" ")
        if kind in ("cgroup", "cgroup2"):
            found.append((point, kind, frozenset(options.split(","))))
    return found


def _own_groups() -> dict[str, str]:
    """This process's group in each hierarchy, by controller; version 2 has the name ''."""
    own: dict[str, str] = {}
    for line in _read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            own[controller] = path
    return own


def _ancestors(mount: str, own: str) -> list[str]:
    """Our own group and those above it, nearest first, that can be seen from here."""
    path = Path(own)
    places = [f"{mount}{'' if str(p) == '/' else p}" for p in (path, *path.parents)]
    return [place for place in places if ".." not in place and os.path.isdir(place)]


def _try_out(factory: GroupFactory) -> bool:
    """Make a group, put a process of ours in as programs are put in, and remove both."""
    shell = shutil.which("sleep", path="/usr/bin:/bin") or "/bin/sleep"
    try:
        group = factory.make(Limits(), wants_door=True)
    except SandboxError:
        return False
    try:
        with tempfile.TemporaryFile() as sink:

            def start() -> int:
                actions = [(os.POSIX_SPAWN_DUP2, sink.fileno(), fd) for fd in (0, 1, 2)]
                with nullcontext() if group.door is None else group.door.passed():
                    return os.posix_spawn(shell, [shell, "10"], {}, file_actions=actions)

            if group.door is not None:
                group.door.open()
            with ThreadPoolExecutor(max_workers=1) as thread:
                pid = thread.submit(start).result()
        try:
            group.join(pid)  # who has no thread to send needs it, door or not
            group.cpu_seconds()
            group.is_out_of_memory()
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    except OSError:
        return False
    finally:
        group.remove()
    return True


def _hold_us(bases: Iterable[str]) -> bool:
    """Tell whether these are the groups of this process: only there a door leads back."""
    own = str(os.getpid())
    try:
        return all(own in _read(f"{base}/cgroup.procs").split() for base in bases)
    except OSError:
        return False


def detect() -> GroupFactory | None:
    """Find a place where limiting groups can be made; None when there is none."""
    try:
        mounts, own = _mounts(), _own_groups()
    except OSError:
        return None
    for point, kind, _ in mounts:
        if kind != "cgroup2":
            continue
        for place in _ancestors(point, own.get("", "/")):
            if not os.access(place, os.W_OK) or not _offers_v2(place):
                continue
            factory = GroupFactory(GroupV2.version, {"unified": place})
            if _try_out(factory):
                return factory
    bases: dict[str, str] = {}
    for controller in _V1_CONTROLLERS:
        for point, kind, options in mounts:
            if kind == "cgroup" and controller in options:
                places = _ancestors(point, own.get(controller, "/"))
                bases |= {controller: places[0]} if places else {}
    if len(bases) == len(_V1_CONTROLLERS):
        for has_doors in (True, False) if _hold_us(bases.values()) else (False,):
            factory = GroupFactory(GroupV1.version, bases, has_doors=has_doors)
            if _try_out(factory):
                return factory
    return None


def _offers_v2(place: str) -> bool:
    """Tell whether children of `place` have the controllers, switching them on where that works.

    A group other than the root that holds processes cannot hand controllers down (EBUSY): then the
    next one above is tried, which is what a systemd user session delegates.
    """
    try:
        if not set(_V2_CONTROLLERS) <= set(_read(f"{place}/cgroup.controllers").split()):
            return False
        if not set(_V2_CONTROLLERS) <= set(_read(f"{place}/cgroup.subtree_control").split()):
            _write(
                f"{place}/cgroup.subtree_control",
                " ".join(f"+{controller}" for controller in _V2_CONTROLLERS),
            )
    except OSError:
        return False
    return True


def probe_limits() -> tuple[Finding, ...]:
    """Check whether the kernel can limit memory and processes of a whole process tree."""
    factory = detect()
    if factory is not None:
        details = {"memory": f"{factory.version} in {', '.join(factory.directories)}"}
        details["process"] = details["memory"]
    else:
        details = {"memory": "polling", "process": "polling, and RLIMIT_NPROC"}
    return tuple(
        Finding(
            name=f"{name} limit",
            is_present=factory is not None,
            is_mandatory=False,
            detail=detail,
            remedy="" if factory else _REMEDY,
        )
        for name, detail in details.items()
    )
