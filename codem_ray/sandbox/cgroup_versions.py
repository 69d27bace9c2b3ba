"""One limiting control group, in version 1 or version 2 of the kernel's interface."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Protocol

from codem_ray.errors import SandboxError
from codem_ray.records import Limits

V1_CONTROLLERS = ("memory", "pids", "cpuacct")
V2_CONTROLLERS = ("memory", "pids")
_REMOVE_SECONDS = 5.0
SANDBOX_PROCESSES = 1
"""Processes beyond the program's limit: the first of a pid namespace belongs to the sandbox."""


class Group(Protocol):
    """A control group that holds one program."""

    has_peak: bool
    """Whether the kernel records the peak of memory; otherwise the tree is polled."""

    def join(self, pid: int) -> None:
        """Move a process into the group; its future children will be in it too."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of everything that ran inside."""

    def peak_memory_bytes(self) -> int:
        """Return the highest memory use; 0 if the kernel does not record it."""

    def is_out_of_memory(self) -> bool:
        """Return whether the kernel killed a process inside because of the memory limit."""

    def kill(self) -> None:
        """Kill everything inside."""

    def remove(self) -> None:
        """Kill everything inside and remove the group."""


def _read_counters(path: Path) -> dict[str, int]:
    lines = path.read_text(encoding="ascii").splitlines()
    return {name: int(value) for name, _, value in (line.partition(" ") for line in lines)}


def _kill_processes(directory: Path) -> None:
    try:
        pids = (directory / "cgroup.procs").read_text(encoding="ascii").split()
    except OSError:  # The group is gone or is being removed.
        return
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def remove_directory(directory: Path) -> None:
    """Kill everything in a group and remove it; dying processes keep it busy for a while."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    pause = 0.0005
    while True:
        try:
            directory.rmdir()
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


def _set(path: Path, value: int, *, is_optional: bool = False) -> None:
    """Write a control file; an optional one only if this kernel has it."""
    if not is_optional or path.exists():
        path.write_text(str(value), encoding="ascii")


class GroupV1:
    """A group in each of the version 1 hierarchies memory, pids and cpuacct."""

    version: ClassVar[str] = "cgroup-v1"
    has_peak = True

    def __init__(self, bases: Mapping[str, str], name: str, limits: Limits) -> None:
        """`bases` maps each controller to the directory in which the group is made."""
        self._memory, self._pids, self._cpu = (
            Path(bases[controller], name) for controller in V1_CONTROLLERS
        )
        self._directories = (self._memory, self._pids, self._cpu)
        try:
            for directory in self._directories:
                directory.mkdir()
            _set(self._memory / "memory.limit_in_bytes", limits.memory_bytes)
            _set(
                self._memory / "memory.memsw.limit_in_bytes", limits.memory_bytes, is_optional=True
            )
            _set(self._pids / "pids.max", limits.processes + SANDBOX_PROCESSES)
        except OSError:
            self.remove()
            raise

    def join(self, pid: int) -> None:
        for directory in self._directories:
            _set(directory / "cgroup.procs", pid)

    def cpu_seconds(self) -> float:
        return int((self._cpu / "cpuacct.usage").read_text(encoding="ascii")) / 1e9

    def peak_memory_bytes(self) -> int:
        return int((self._memory / "memory.max_usage_in_bytes").read_text(encoding="ascii"))

    def is_out_of_memory(self) -> bool:
        # Not memory.failcnt, which also counts cases that the kernel resolved by dropping caches.
        control = _read_counters(self._memory / "memory.oom_control")
        return control.get("oom_kill", 0) > 0 or control.get("under_oom", 0) > 0

    def kill(self) -> None:
        _kill_processes(self._pids)

    def remove(self) -> None:
        for directory in self._directories:
            remove_directory(directory)


class GroupV2:
    """A group of the version 2 hierarchy."""

    version: ClassVar[str] = "cgroup-v2"

    def __init__(self, base: str, name: str, limits: Limits) -> None:
        self._directory = Path(base, name)
        try:
            self._directory.mkdir()
            self.has_peak = (self._directory / "memory.peak").exists()  # since Linux 5.19
            _set(self._directory / "memory.max", limits.memory_bytes)
            _set(self._directory / "pids.max", limits.processes + SANDBOX_PROCESSES)
            _set(self._directory / "memory.oom.group", 1, is_optional=True)
            _set(self._directory / "memory.swap.max", 0, is_optional=True)
        except OSError:
            self.remove()
            raise

    def join(self, pid: int) -> None:
        _set(self._directory / "cgroup.procs", pid)

    def cpu_seconds(self) -> float:
        return _read_counters(self._directory / "cpu.stat").get("usage_usec", 0) / 1e6

    def peak_memory_bytes(self) -> int:
        if not self.has_peak:
            return 0
        return int((self._directory / "memory.peak").read_text(encoding="ascii"))

    def is_out_of_memory(self) -> bool:
        return _read_counters(self._directory / "memory.events").get("oom_kill", 0) > 0

    def kill(self) -> None:
        if (self._directory / "cgroup.kill").exists():
            _set(self._directory / "cgroup.kill", 1)
        else:
            _kill_processes(self._directory)

    def remove(self) -> None:
        remove_directory(self._directory)
