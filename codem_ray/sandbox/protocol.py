"""What a sandbox backend is asked for, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from codem_ray.records import ExecutionResult, Limits

REPORT_FD = 4
"""Descriptor to which a program writes its report."""
SECRET_FD = 3
"""Descriptor from which a program reads the secret of its run."""
PEER_READ_FD = 5
"""In a pair: what the peer writes is read here."""
PEER_WRITE_FD = 6
"""In a pair: what is written here reaches the peer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One process tree to run in a sandbox of its own."""

    argv: tuple[str, ...]
    """argv[0] is an absolute path as seen inside, on the read-only root or under `readable`."""
    directory: Path
    """Host directory seen at `/work`, which is also the working directory."""
    is_writable: bool = False
    """Whether `/work` may be written (compilers); programs get a private tmpfs at `/tmp` only."""
    readable: tuple[Path, ...] = ()
    """Further host paths, seen read-only at the same path (toolchain folders outside /usr)."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment; nothing is inherited."""
    secret: bytes | None = None
    """Bytes readable once at SECRET_FD; None: the descriptor is closed."""
    limits: Limits = field(default_factory=Limits)
    stdin: bytes = b""
    needs_unix_sockets: bool = False
    """Whether it may open unix sockets, which end at its own namespaces (a browser); no program
    that holds an answer's code may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that the host gives or lacks."""

    name: str
    is_present: bool
    is_mandatory: bool
    detail: str
    """What was seen."""
    remedy: str = ""
    """How to get it, when it is absent."""


class Judge(Protocol):
    """A judge that stays for many answers."""

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        """Judge one answer; `folder` holds the program's tests, below the judge's directory.

        Returns the judge's figures for this program, and the answer's.
        """

    def close(self) -> None:
        """End it."""


class Sandbox(Protocol):
    """Runs programs that may be hostile. A program that fails is data; a sandbox that fails raises
    SandboxError."""

    name: str

    def run(self, command: Command) -> ExecutionResult:
        """Run one command to its end, kill whatever it left, and return the facts."""

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands in two sandboxes joined by pipes at PEER_READ_FD and PEER_WRITE_FD.

        The answer is killed as soon as the judge ends; only the judge has SECRET_FD and REPORT_FD.
        """

    def open_judge(self, command: Command) -> Judge:
        """Return a judge for many answers, which starts with the first of them."""
