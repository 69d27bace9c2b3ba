"""One limiting control group, in version 1 or version 2 of the kernel's interface."""

# Paths below /sys/fs/cgroup are plain strings: they are written for every program.
# ruff: noqa: PTH102, PTH106, PTH110

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import ClassVar, Protocol

from codem_ray.errors import SandboxError
from codem_ray.records import Limits

V1_CONTROLLERS = ("memory", "pids", "cpuacct")
V2_CONTROLLERS = ("memory", "pids")
_REMOVE_SECONDS = 5.0


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


def read_file(path: str) -> str:
    """Return the text of a control file."""
    with open(path, "rb", buffering=0) as stream:
        return stream.read().decode("ascii")


def write_file(path: str, value: str) -> None:
    """Write a value to a control file."""
    with open(path, "wb", buffering=0) as stream:
        stream.write(value.encode("ascii"))


def _read_counters(path: str) -> dict[str, int]:
    lines = read_file(path).splitlines()
    return {name: int(value) for name, _, value in (line.partition(" ") for line in lines)}


def _kill_processes(directory: str) -> None:
    try:
        pids = [int(pid) for pid in read_file(f"{directory}/cgroup.procs").split()]
    except OSError:  # The group is gone or is being removed.
        return
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def remove_directory(directory: str) -> None:
    """Kill everything in a group and remove it; dying processes keep it busy for a while."""
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

    def __init__(self, bases: Mapping[str, str], name: str, limits: Limits) -> None:
        """`bases` maps each controller to the directory in which the group is made."""
        self._directories = {one: f"{bases[one]}/{name}" for one in V1_CONTROLLERS}
        try:
            for directory in self._directories.values():
                os.mkdir(directory)
            memory = self._directories["memory"]
            write_file(f"{memory}/memory.limit_in_bytes", str(limits.memory_bytes))
            if os.path.exists(f"{memory}/memory.memsw.limit_in_bytes"):
                write_file(f"{memory}/memory.memsw.limit_in_bytes", str(limits.memory_bytes))
            # One more for the first process of the pid namespace, which belongs to the sandbox.
            write_file(f"{self._directories['pids']}/pids.max", str(limits.processes + 1))
        except OSError:
            self.remove()
            raise

    def join(self, pid: int) -> None:
        for directory in self._directories.values():
            write_file(f"{directory}/cgroup.procs", str(pid))

    def cpu_seconds(self) -> float:
        return int(read_file(f"{self._directories['cpuacct']}/cpuacct.usage")) / 1e9

    def peak_memory_bytes(self) -> int:
        return int(read_file(f"{self._directories['memory']}/memory.max_usage_in_bytes"))

    def is_out_of_memory(self) -> bool:
        # Not memory.failcnt, which also counts limits that dropping cached pages resolved.
        control = _read_counters(f"{self._directories['memory']}/memory.oom_control")
        return control.get("oom_kill", 0) > 0 or control.get("under_oom", 0) > 0

    def kill(self) -> None:
        _kill_processes(self._directories["pids"])

    def remove(self) -> None:
        for directory in self._directories.values():
            remove_directory(directory)


class GroupV2:
    """A group of the version 2 hierarchy."""

    version: ClassVar[str] = "cgroup-v2"

    def __init__(self, base: str, name: str, limits: Limits) -> None:
        self._directory = f"{base}/{name}"
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
            write_file(path, value)

    def join(self, pid: int) -> None:
        self._set("cgroup.procs", str(pid))

    def cpu_seconds(self) -> float:
        return _read_counters(f"{self._directory}/cpu.stat").get("usage_usec", 0) / 1e6

    def peak_memory_bytes(self) -> int:
        return int(read_file(f"{self._directory}/memory.peak")) if self.has_peak else 0

    def is_out_of_memory(self) -> bool:
        return _read_counters(f"{self._directory}/memory.events").get("oom_kill", 0) > 0

    def kill(self) -> None:
        if os.path.exists(f"{self._directory}/cgroup.kill"):
            self._set("cgroup.kill", "1")
        else:
            _kill_processes(self._directory)

    def remove(self) -> None:
        remove_directory(self._directory)
