"""What the host has before and after hostile programs, and which of their processes live on."""

# ruff: noqa: PTH208

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
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
"""Loose, since other work on the host moves these; what hostile programs ask for is far more, and
what must be exactly nothing (our groups, folders and marked processes) has no tolerance."""
_SETTLE_SECONDS = 30.0
_PROGRESS_BYTES = 32 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One look at the host."""

    free_memory: int
    free_disk: int
    processes: int
    groups: int
    """Control groups that this process has made."""
    folders: int
    """What lies in the folder of temporary files."""

    def __str__(self) -> str:
        return (
            f"free memory {self.free_memory >> 20} MiB, free disk {self.free_disk >> 20} MiB, "
            f"{self.processes} processes, {self.groups} cgroups, {self.folders} temporary folders"
        )

    def misses(self, before: Figures) -> list[str]:
        """What is further from `before` than the tolerances allow, in words."""
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


def look(temporary: Path) -> Figures:
    """Take the figures now."""
    meminfo = dict(
        line.split(":", 1)
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    )
    factory = cgroups.detect()
    own = f"{cgroups.PREFIX}{os.getpid()}."
    places = () if factory is None else factory.directories
    return Figures(
        free_memory=int(meminfo["MemAvailable"].split()[0]) << 10,
        free_disk=shutil.disk_usage(temporary).free,
        processes=sum(name.isdecimal() for name in os.listdir("/proc")),
        groups=sum(name.startswith(own) for place in places for name in os.listdir(place)),
        folders=len(list(temporary.iterdir())),
    )


def settle(before: Figures, temporary: Path) -> Figures:
    """Look until the figures are back within the tolerances, or for half a minute none improves.

    A virtual machine hands freed memory back to its host page by page: until then it is neither
    free nor anyone's, and a gigabyte takes two minutes.
    """
    best, deadline = 0, time.monotonic() + _SETTLE_SECONDS
    while True:
        after = look(temporary)
        if not after.misses(before) or time.monotonic() > deadline:
            return after
        if after.free_memory > best + _PROGRESS_BYTES:
            best, deadline = after.free_memory, time.monotonic() + _SETTLE_SECONDS
        time.sleep(0.5)


def survivors(mark: str, known: set[int]) -> list[str]:
    """Name living processes that carry the mark in their environment, and new ones below us."""
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
    """A real sandbox whose programs carry a mark in their environment, which children inherit."""

    sandbox: Sandbox
    mark: str

    @property
    def name(self) -> str:
        """The backend's."""
        return self.sandbox.name

    def run(self, command: Command) -> ExecutionResult:
        """Run one command with the mark."""
        return self.sandbox.run(self._marked(command))

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands with the mark."""
        return self.sandbox.run_pair(self._marked(judge), self._marked(answer))

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge with the mark, as its answers have it."""
        return WatchedJudge(self.sandbox.open_judge(self._marked(command)), self._marked)

    def _marked(self, command: Command) -> Command:
        return replace(command, env={**command.env, "CODEM_RAY_MARK": self.mark})


def gone(mark: str, known: set[int], *, seconds: float = 3.0) -> list[str]:
    """Return who is still alive after a moment."""
    return _until_empty(lambda: survivors(mark, known), seconds)


def _until_empty(look_again: Callable[[], list[str]], seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while (found := look_again()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
