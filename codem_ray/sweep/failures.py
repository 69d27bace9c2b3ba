"""Decide what to do with a failed trial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from codem_ray.errors import (
    CodemError,
    ConfigError,
    DivergedError,
    EnvironmentLackError,
    NodeDiskError,
    NodeLostError,
    NodesMissingError,
    OutOfMemoryError,
    ResourceError,
    StorageError,
    all_causes,
)

MAX_NODES_LOST = 20
"""Attempts that may end with a lost node before the trial is given up."""
_MAX_MESSAGE_CHARACTERS = 2000


class FailureDecision(StrEnum):
    """What to do after a failed attempt."""

    RETRY = "retry"
    """Start another attempt of this trial, from its last checkpoint."""
    GIVE_UP = "give_up"
    """This trial cannot succeed; the others go on."""
    STOP_SWEEP = "stop_sweep"
    """No trial can succeed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedAttempts:
    """Failed attempts of a trial so far."""

    counted: int = 0
    by_lost_nodes: int = 0
    """Attempts that ended because a node died or was preempted."""

    def plus(self, error: BaseException) -> FailedAttempts:
        """Add an attempt that ended with an error."""
        if _find(error, NodeLostError):
            return replace(self, by_lost_nodes=self.by_lost_nodes + 1)
        return replace(self, counted=self.counted + 1)


_DECISIONS: tuple[tuple[type[BaseException], FailureDecision], ...] = (
    # Another node may have space, or other processes may have released their resources.
    (NodeDiskError, FailureDecision.RETRY),
    # Nodes that do not come make every other trial fail too.
    (NodesMissingError, FailureDecision.STOP_SWEEP),
    (ResourceError, FailureDecision.RETRY),
    # A full disk or a store that refuses would make every other trial fail too.
    (StorageError, FailureDecision.STOP_SWEEP),
    # These fail in the same way each time.
    (ConfigError, FailureDecision.GIVE_UP),
    (EnvironmentLackError, FailureDecision.GIVE_UP),
    (OutOfMemoryError, FailureDecision.GIVE_UP),
    (DivergedError, FailureDecision.GIVE_UP),
    (ImportError, FailureDecision.GIVE_UP),
)
"""The first that fits decides; any other error is retried."""


def decide(error: BaseException, failed: FailedAttempts, *, max_attempts: int) -> FailureDecision:
    """Choose what to do after an error of a trial, whose attempt `failed` includes."""
    fitting = (decision for kind, decision in _DECISIONS if _find(error, kind))
    decision = next(fitting, FailureDecision.RETRY)
    has_attempts = failed.counted < max_attempts and failed.by_lost_nodes <= MAX_NODES_LOST
    if decision is FailureDecision.RETRY and not has_attempts:
        return FailureDecision.GIVE_UP
    return decision


def cause_of(error: BaseException, trial_id: str) -> str:
    """Return what an error has in common with the same failure of another trial."""
    for kind in (OutOfMemoryError, DivergedError):
        if _find(error, kind):
            return kind.__name__
    text = message_of(error).replace(trial_id, "")
    return re.sub(r"\b[0-9a-f]{8,}\b|\d+", "#", text)


def repeated_cause(causes: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the first two trials that were given up for the same cause.

    `causes` maps trial ids to the cause, empty for trials that were not given up.
    """
    first: dict[str, str] = {}
    for trial_id, cause in causes.items():
        if cause and cause in first:
            return first[cause], trial_id
        first[cause] = trial_id
    return None


def message_of(error: BaseException) -> str:
    """Return the message of a CodemError; for other errors the last line of the traceback."""
    cause: BaseException | None = _find(error, CodemError)
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
    # Ray leaves out the line "Traceback" itself.
    is_traceback = any("Traceback" in line or line.startswith('  File "') for line in lines[:-1])
    return (lines[-1] if is_traceback else text.strip())[:_MAX_MESSAGE_CHARACTERS] or repr(error)


def _find(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """Return the first error of a kind among an error and its causes."""
    return next((cause for cause in all_causes(error) if isinstance(cause, kind)), None)


def _remote_error(error: BaseException) -> BaseException | None:
    """Return the remote error that Ray keeps in `cause`; None if this is no error of Ray's."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else None
