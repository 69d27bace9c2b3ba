"""What gcc and g++ would call: a driver is a process more, and costs 3 ms, at each step."""

from __future__ import annotations

import functools
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_TEMPORARY = "/tmp"
"""Where a driver keeps what one of its steps writes and the next one reads."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": _TEMPORARY}
"""Of a driver and its steps, whatever the user's own says of them."""
_GOLD = "-fuse-ld=gold"
Commands = tuple[tuple[str, ...], ...]


@functools.cache
def compile_command(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the compiler proper of a driver's call; the call itself where it cannot be had."""
    commands = _commands(argv)
    if len(commands) != 1 or not Path(commands[0][0]).is_absolute():
        return argv
    return commands[0]


@functools.cache
def link_commands(argv: tuple[str, ...], between: str) -> Commands:
    """Return assembler and linker of a driver's call on one source in assembly.

    `between` is the object file that the one writes for the other. Where another linker than gold
    would be used, its collect2 stays; where the steps cannot be had, the call itself.
    """
    commands = _commands(argv)
    if len(commands) != 2 or "-o" not in commands[0]:
        return (argv,)
    assembling, linking = commands
    written = assembling[assembling.index("-o") + 1]
    if not written.startswith(f"{_TEMPORARY}/") or linking.count(written) != 1:
        return (argv,)
    gold = shutil.which("ld.gold", path="/usr/bin:/bin")
    if gold is not None and _GOLD in linking:
        linking = (gold, *(part for part in linking[1:] if part != _GOLD))
    return tuple(
        tuple(between if part == written else part for part in command)
        for command in (assembling, linking)
    )


def _commands(argv: Sequence[str]) -> Commands:
    """Ask a driver what it would call."""
    try:
        told = subprocess.run(
            (argv[0], "-###", *argv[1:]),
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        # What is wrong with it is said by its own call.
        return ()
    return tuple(
        tuple(shlex.split(line)) for line in told.stderr.splitlines() if line.startswith(" ")
    )
