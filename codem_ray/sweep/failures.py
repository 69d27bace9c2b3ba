"""Decide what to do with a failed trial."""

from __future__ import annotations

import re
from enum import StrEnum

from codem_ray.errors import CodemError, ConfigError, ModelLoadError, StorageError, ToolchainError


class FailureDecision(StrEnum):
    """What to do after a failed attempt."""

    RETRY = "retry"
    GIVE_UP = "give_up"
    """This trial cannot succeed; the others go on."""
    STOP_SWEEP = "stop_sweep"
    """No trial can succeed."""


def decide(error: BaseException, *, attempt: int, max_attempts: int) -> FailureDecision:
    """Choose what to do after an error of a trial. `attempt` counts from 1."""
    cause = _root(error)
    if isinstance(cause, StorageError):
        # A full disk fails every other trial too.
        return FailureDecision.STOP_SWEEP
    if isinstance(cause, ConfigError | ModelLoadError | ToolchainError):
        return FailureDecision.GIVE_UP
    return FailureDecision.RETRY if attempt < max_attempts else FailureDecision.GIVE_UP


def message_of(error: BaseException) -> str:
    """Return the text to show for an error: the package's own message, else the last line."""
    cause = _root(error)
    # Ray raises a subclass of the remote error whose text is the remote traceback.
    while isinstance(inner := getattr(cause, "cause", None), BaseException):
        cause = inner
    if isinstance(cause, CodemError):
        return str(cause)
    # Ray colours remote tracebacks for a terminal.
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line for line in text.splitlines() if line.strip()]
    is_traceback = len(lines) > 1 and "Traceback" in text
    return (lines[-1] if is_traceback else text.strip())[:2000] or repr(error)


def _root(error: BaseException) -> BaseException:
    """Return the first CodemError in a chain of causes, or the error itself."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if isinstance(current, CodemError):
            return current
        seen.add(id(current))
        # Ray keeps the remote error in `cause`.
        inner = getattr(current, "cause", None)
        current = inner if isinstance(inner, BaseException) else current.__cause__
    return error
