"""The interface of sandboxes and of the backends that open them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from codem_ray.records import ExecutionResult, Limits

REPORT_FD = 4
"""Descriptor to which a program writes its report."""
SECRET_FD = 3
"""Descriptor from which a program reads the secret of its run."""
PEER_READ_FD = 5
"""Descriptor from which a process of a pair reads the output of its peer."""
PEER_WRITE_FD = 6
"""Descriptor to which a process of a pair writes for its peer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command line to run in a new sandbox, with an empty standard input."""

    argv: tuple[str, ...]
    """argv[0] is an absolute path as seen inside, on the read-only root or under `readable`."""
    directory: Path
    """Host directory that is visible at `/work`, the working directory."""
    is_writable: bool = False
    """Whether `/work` can be written, as compilers need; programs write to a private `/tmp`."""
    readable: tuple[Path, ...] = ()
    """Further host paths, visible read-only at the same path (toolchains outside /usr)."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment; nothing is inherited."""
    secret: bytes | None = None
    """Bytes that can be read once at SECRET_FD; with None the descriptor is closed."""
    limits: Limits = field(default_factory=Limits)
    needs_unix_sockets: bool = False
    """Whether the program may open unix sockets inside its namespaces, as browsers do. Never set
    for a program that contains an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One property of the host or of a sandbox: present or missing."""

    name: str
    is_present: bool
    is_mandatory: bool
    detail: str
    """What was observed."""
    remedy: str = ""
    """How to provide it when it is missing."""


class ResidentJudge(Protocol):
    """A judge process that tests many answers, one after the other."""

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        """Judge one answer and return the judge's result for this program and the answer's.

        `folder` is relative to the judge's directory and holds the tests of the program.
        Raises SandboxError when the judge cannot be started.
        """

    def close(self) -> None:
        """End the judge process."""


class Sandbox(Protocol):
    """Runs programs that may be hostile; several threads may use it at once.

    A failing program is data: crash and timeout are in the result. A failing sandbox raises
    SandboxError. A sandbox can be pickled.
    """

    @property
    def name(self) -> str:
        """Name of the backend."""

    @property
    def memory_enforcement(self) -> str:
        """How memory is limited: "polling" if a program may exceed its limit for a moment."""

    def run(self, command: Command) -> ExecutionResult:
        """Run one command, kill every process it left behind, and return the facts."""

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands in two sandboxes joined by pipes at PEER_READ_FD and PEER_WRITE_FD.

        The answer is killed as soon as the judge ends. Only the judge has SECRET_FD and REPORT_FD.
        """

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge for many answers; its process starts with the first of them.

        The protocol between the judge and its caller is in `codem_ray.sandbox.resident`.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxBackend:
    """One way to run programs, under the name that `evaluation.sandbox` uses."""

    name: str
    isolates: bool
    """Whether the sandbox passes the whole self-check (`codem-ray doctor --self-check NAME`).
    Otherwise the results of a sweep carry a warning."""
    open: Callable[[], Sandbox]
    """Return the sandbox; raise SandboxError if it does not work."""
    probe: Callable[[], tuple[Finding, ...]] = lambda: ()
    """Check whether this host provides what the backend needs."""
