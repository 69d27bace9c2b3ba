"""Makes what a sandbox runs of what a language calls."""

from __future__ import annotations

from pathlib import Path

from codem_ray.languages.spec import Invocation
from codem_ray.records import Limits
from codem_ray.sandbox.protocol import Command


def command_of(
    call: Invocation,
    folder: Path,
    limits: Limits,
    *,
    secret: bytes | None = None,
    is_writable: bool = False,
) -> Command:
    """Return the command of a call that runs in `folder`."""
    return Command(
        argv=call.argv,
        directory=folder,
        is_writable=is_writable,
        readable=call.readable,
        env=call.env,
        secret=secret,
        limits=limits,
    )
