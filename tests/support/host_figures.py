"""Measures the host before and after hostile programs, and finds processes that outlived them."""

# ruff: noqa: PTH208

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from watched_judge import WatchedJudge

from codem_ray.records import ExecutionResult
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.process_tree import descendants
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox

MEMORY_TOLERANCE = 768 << 20
DISK_TOLERANCE = 768 << 20
PROCESS_TOLERANCE = 60
"""Wide, since other work on the host changes these figures; hostile programs use far more. Our own
control groups, folders and marked processes have no tolerance."""
_SETTLE_SECONDS = 30.0
_PROGRESS_BYTES = 32 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One measurement of the host."""

    free_memory: int
    free_disk: int
    processes: int
    groups: int
    """Control groups made by this process."""
    folders: int
    """Entries in the folder of temporary files."""

    def __str__(self) -> str:
        return (
            f"free memory {self.free_memory >> 20} MiB, free disk {self.free_disk >> 20} MiB, "
            f"{self.processes} processes, {self.groups} cgroups, {self.folders} temporary folders"
        )

    def exceeded(self, before: Figures) -> list[str]:
        """Return the names of the figures that exceed the tolerances, compared with `before`."""
        found = []
        if before.free_memory - self.free_memory > MEMORY_TOLERANCE:
            found.append("memory")
        if before.free_disk - self.free_disk > DISK_TOLERANCE:
            found.append("disk")
        if self.processes - before.processes > PROCESS_TOLERANCE:
            found.append("processes")
        if self.groups > before.groups:
            found.append("cgroups")
        if self.folders > before.folders:
            found.append("temporary folders")
        return found


def measure(temporary: Path) -> Figures:
    """Measure the host now."""
    meminfo = dict(
        line.split(":", 1)
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    )
    factory = cgroups.detect()
    own = f"{cgroups.PREFIX}{cgroups.pid_namespace()}.{os.getpid()}."
    places = () if factory is None else factory.directories
    return Figures(
        free_memory=int(meminfo["MemAvailable"].split()[0]) << 10,
        free_disk=shutil.disk_usage(temporary).free,
        processes=sum(name.isdecimal() for name in os.listdir("/proc")),
        groups=sum(name.startswith(own) for place in places for name in os.listdir(place)),
        folders=len(list(temporary.iterdir())),
    )


def settle(before: Figures, temporary: Path) -> Figures:
    """Measure until the figures are within the tolerances or have not improved for 30 seconds.

    A virtual machine returns freed memory to its host page by page. Until then it is neither free
    nor in use, and a gigabyte takes two minutes.
    """
    best, deadline = 0, time.monotonic() + _SETTLE_SECONDS
    while True:
        after = measure(temporary)
        if not after.exceeded(before) or time.monotonic() > deadline:
            return after
        if after.free_memory > best + _PROGRESS_BYTES:
            best, deadline = after.free_memory, time.monotonic() + _SETTLE_SECONDS
        time.sleep(0.5)


def survivors(mark: str, known: set[int]) -> list[str]:
    """Return living processes that have the mark in their environment, and our new descendants."""
    found = []
    below = set(descendants(os.getpid())) - known - {os.getpid()}
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            is_marked = mark.encode() in Path("/proc", name, "environ").read_bytes()
            if is_marked or int(name) in below:
                command = Path("/proc", name, "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(f"{name} {command.decode(errors='replace')}")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


@dataclass(slots=True)
class MarkedSandbox:
    """A real sandbox that puts a mark into the environment of its programs; children inherit it."""

    sandbox: Sandbox
    mark: str

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self.sandbox.name

    @property
    def memory_enforcement(self) -> str:
        """How the backend limits memory."""
        return self.sandbox.memory_enforcement

    def run(self, command: Command) -> ExecutionResult:
        """Run one command with the mark."""
        return self.sandbox.run(self._marked(command))

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands with the mark."""
        return self.sandbox.run_pair(self._marked(judge), self._marked(answer))

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge with the mark; its answers have it too."""
        return WatchedJudge(self.sandbox.open_judge(self._marked(command)), self._marked)

    def _marked(self, command: Command) -> Command:
        return replace(command, env={**command.env, "CODEM_RAY_MARK": self.mark})


def wait_for_survivors(mark: str, known: set[int], *, seconds: float = 3.0) -> list[str]:
    """Return the processes that are still alive after a moment."""
    deadline = time.monotonic() + seconds
    while (found := survivors(mark, known)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
