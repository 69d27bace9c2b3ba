"""Decide what to do with a failed trial."""

from __future__ import annotations

import re
from enum import StrEnum

from codem_ray.errors import CodemError, ConfigError, ModelLoadError, StorageError, ToolchainError

_MAX_MESSAGE_CHARACTERS = 2000


class FailureDecision(StrEnum):
    """What to do after a failed attempt."""

    RETRY = "retry"
    """Start another attempt of this trial."""
    GIVE_UP = "give_up"
    """This trial cannot succeed; the others go on."""
    STOP_SWEEP = "stop_sweep"
    """No trial can succeed."""


def decide(error: BaseException, *, attempt: int, max_attempts: int) -> FailureDecision:
    """Choose what to do after an error of a trial. `attempt` counts from 1."""
    cause = _first_codem_error(error)
    if isinstance(cause, StorageError):
        # Storage errors, such as a full disk, would make every other trial fail too.
        return FailureDecision.STOP_SWEEP
    if isinstance(cause, ConfigError | ModelLoadError | ToolchainError):
        return FailureDecision.GIVE_UP
    return FailureDecision.RETRY if attempt < max_attempts else FailureDecision.GIVE_UP


def message_of(error: BaseException) -> str:
    """Return the message of a CodemError; for other errors the last line of the traceback."""
    cause: BaseException | None = _first_codem_error(error)
    if cause is not None:
        # Ray raises a subclass of the remote error whose text is the remote traceback; the remote
        # error itself is in `cause`.
        while (remote := _remote_error(cause)) is not None:
            cause = remote
    if isinstance(cause, CodemError):
        return str(cause)
    # The text of Ray's error holds the remote traceback, coloured for a terminal.
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line for line in text.splitlines() if line.strip()]
    is_traceback = len(lines) > 1 and "Traceback" in text
    return (lines[-1] if is_traceback else text.strip())[:_MAX_MESSAGE_CHARACTERS] or repr(error)


def _first_codem_error(error: BaseException) -> CodemError | None:
    """Return the first CodemError among an error and its causes."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if isinstance(current, CodemError):
            return current
        seen.add(id(current))
        current = _remote_error(current) or current.__cause__
    return None


def _remote_error(error: BaseException) -> BaseException | None:
    """Return the remote error that Ray keeps in `cause`; None if this is no error of Ray's."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else None
