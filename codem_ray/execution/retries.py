"""Retries after errors of the environment, which must never count against a program."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from codem_ray.errors import SandboxError, ToolchainError
from codem_ray.execution.verdicts import MESSAGE_LENGTH
from codem_ray.records import Outcome, Verdict

RETRY_PAUSES = (0.05, 0.5)
"""Seconds before each further attempt."""
T = TypeVar("T")


def retry(attempt: Callable[[], T]) -> T:
    """Call `attempt` and return its result; call it again after errors of the environment."""
    for pause in RETRY_PAUSES:
        try:
            return attempt()
        except (SandboxError, ToolchainError, OSError):
            time.sleep(pause)
    try:
        return attempt()
    except OSError as error:
        # Programs run inside the sandbox only, so an OSError here comes from the host.
        raise SandboxError(
            f"a program could not be written to the disk of {tempfile.gettempdir()}: {error}; free "
            "space there, or set TMPDIR to a folder with more"
        ) from error


def new_folder() -> Path:
    """Create a temporary folder that sandboxed programs can read."""
    folder = Path(tempfile.mkdtemp(prefix="codem-ray-"))
    folder.chmod(0o755)
    return folder


def infrastructure_error(error: SandboxError | ToolchainError) -> Verdict:
    """Return the verdict on a program that could not be judged; it names the node."""
    message = f"on node {socket.gethostname()}: {error}"
    return Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=message[:MESSAGE_LENGTH])
