"""Reads what a process tree uses from /proc, and kills it."""

# Paths below /proc are plain strings: they are read many times a second.
# ruff: noqa: PTH112, PTH208

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def start_time(pid: int) -> int | None:
    """Return when pid started, in ticks since boot; None if there is no such process."""
    fields = _stat_fields(pid)
    return int(fields[19]) if fields else None


def _stat_fields(pid: int) -> list[bytes]:
    """Return the fields of /proc/PID/stat from the state on; empty if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stream:
            return stream.read(4096).rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _children(pid: int) -> list[int] | None:
    """Return the children of all threads of pid; None if this kernel does not list them."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as stream:
                found.extend(int(child) for child in stream.read(1 << 16).split())
    except FileNotFoundError:
        return None if os.path.isdir(f"/proc/{pid}") else found
    except ProcessLookupError:
        return found
    return found


def _scan_children() -> dict[int, list[int]]:
    """Return the children of every process on the host."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal() and (fields := _stat_fields(int(name))):
            children.setdefault(int(fields[1]), []).append(int(name))
    return children


def descendants(root: int) -> list[int]:
    """Return root and all its descendants, root first."""
    found, queue = [], [root]
    scanned: dict[int, list[int]] | None = None
    while queue:
        pid = queue.pop()
        found.append(pid)
        children = _children(pid) if scanned is None else None
        if children is None:
            if scanned is None:
                scanned = _scan_children()
            children = scanned.get(pid, [])
        queue.extend(children)
    return found


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass(slots=True)
class PolledTree:
    """Usage of a process tree by polling, for hosts without control groups.

    Figures of short programs are lower bounds, since usage between two polls is not seen. Shared
    pages count once for each process that maps them. A process leaves the tree if its parent ends
    and another process adopts it; it is still followed if a poll saw it before. Inside a pid
    namespace no process can leave.
    """

    root: int
    peak_bytes: int = 0
    cpu: float = 0.0
    tasks: int = 0
    _seen: dict[int, int] = field(default_factory=dict)
    """pid -> start time of the processes in the last poll."""

    def look(self) -> int:
        """Poll once and return the resident bytes of the whole tree."""
        pids = dict.fromkeys(descendants(self.root))
        for pid, started in self._seen.items():
            if pid not in pids and start_time(pid) == started:
                pids.update(dict.fromkeys(descendants(pid)))
        resident = tasks = 0
        cpu = 0.0
        current: dict[int, int] = {}
        for pid in pids:
            fields = _stat_fields(pid)
            if not fields:
                continue
            current[pid] = int(fields[19])
            # User and system time, its own and that of the children it has waited for.
            cpu += sum(int(value) for value in fields[11:15]) / _TICKS
            tasks += int(fields[17])
            resident += int(fields[21]) * _PAGE
        self._seen = current
        self.cpu = max(self.cpu, cpu)
        self.tasks = tasks
        self.peak_bytes = max(self.peak_bytes, resident)
        return resident

    def kill(self) -> None:
        """Kill every process of the tree that can be seen."""
        self.look()
        for pid, started in self._seen.items():
            if start_time(pid) == started:
                _kill(pid)


def kill_session(session: int) -> None:
    """Kill every other process of a session, in any process group."""
    for name in os.listdir("/proc"):
        if not name.isdecimal() or int(name) == session:
            continue
        fields = _stat_fields(int(name))
        if fields and int(fields[3]) == session:
            _kill(int(name))
