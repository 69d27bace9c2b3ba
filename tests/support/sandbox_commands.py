"""Commands that the tests run in a sandbox."""

# ruff: noqa: PTH208

from __future__ import annotations

import os
import sys
from pathlib import Path

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import Command, Sandbox

_PYTHON = os.path.realpath(sys.executable)
_FOLDERS = () if sys.base_prefix == "/usr" else (Path(sys.base_prefix).resolve(),)


def run_shell(
    sandbox: Sandbox,
    directory: Path,
    script: str,
    *,
    secret: bytes | None = None,
    limits: Limits | None = None,
    is_writable: bool = False,
) -> ExecutionResult:
    """Run a shell script."""
    return sandbox.run(
        Command(
            argv=("/bin/sh", "-c", script),
            directory=directory,
            secret=secret,
            limits=limits or Limits(),
            is_writable=is_writable,
        )
    )


def python_command(
    directory: Path,
    source: str,
    *,
    limits: Limits | None = None,
    secret: bytes | None = None,
    argument: str = "",
) -> Command:
    """Return a command that runs Python source with one argument."""
    return Command(
        argv=(_PYTHON, "-I", "-S", "-c", source, argument),
        directory=directory,
        readable=_FOLDERS,
        limits=limits or Limits(),
        secret=secret,
    )


def processes_with(marker: str) -> list[str]:
    """Return the pids of processes that have the marker among their arguments."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            arguments = Path("/proc", entry, "cmdline").read_bytes() if entry.isdecimal() else b""
            if marker.encode() in arguments:
                found.append(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
