"""The exceptions of the package, each with the exit status of a command that it ends."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of a command."""

    COMPLETE = 0
    BUG = 1
    CONFIG = 2
    ENVIRONMENT = 3
    INCOMPLETE = 4
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """Meaning of the exit code, for users."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.COMPLETE: "complete",
    ExitCode.BUG: "a bug",
    ExitCode.CONFIG: "bad configuration or usage",
    ExitCode.ENVIRONMENT: "the environment cannot run it",
    ExitCode.INCOMPLETE: "a trial or cell is missing or incomplete",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
    ExitCode.TERMINATED: "stopped by SIGTERM",
}


class CodemError(Exception):
    """Any deliberate error of the package; its text is a message for users."""

    exit_code: ExitCode = ExitCode.BUG


class ConfigError(CodemError):
    """The sweep file, an override or a command line is wrong."""

    exit_code = ExitCode.CONFIG


class DataError(ConfigError):
    """A corpus, benchmark or completions file cannot be used."""


class EnvironmentLackError(CodemError):
    """Something that the work needs is missing on this machine."""

    exit_code = ExitCode.ENVIRONMENT


class ToolchainError(EnvironmentLackError):
    """A compiler or interpreter is missing or does not work."""


class SandboxUnavailableError(EnvironmentLackError):
    """The requested sandbox is not possible on this host."""


class ResourceError(EnvironmentLackError):
    """The requested resources can never be provided here."""


class NodesMissingError(ResourceError):
    """Nodes that the work waits for did not come in time."""


class ModelLoadError(EnvironmentLackError):
    """A model cannot be loaded."""


class StorageError(EnvironmentLackError):
    """Storage cannot be written or read, for lack of space, permission or a connection."""


class NodeDiskError(StorageError):
    """A disk of one node is full or fails; the work may succeed on another node."""


class TrackingError(StorageError):
    """MLflow cannot be written; the results themselves are complete."""


class ReferenceGateError(EnvironmentLackError):
    """References fail or broken controls pass with this machine's toolchains."""


class IncompleteError(CodemError):
    """Some trial or cell is missing or incomplete."""

    exit_code = ExitCode.INCOMPLETE


class TrialError(IncompleteError):
    """One trial failed."""

    def __init__(self, trial_id: str, cause: str) -> None:
        super().__init__(trial_id, cause)
        self.trial_id, self.cause = trial_id, cause

    def __str__(self) -> str:
        return f"{self.trial_id}: {self.cause}"


class OutOfMemoryError(TrialError):
    """A process of the trial ran out of memory, as it will again."""


class DivergedError(TrialError):
    """The training loss is not a finite number."""


class StoppedEarlyError(TrialError):
    """A search has stopped the trial, because other settings of its source are better."""


class LostError(IncompleteError):
    """A process of a trial died or lost its connection to the others; the attempt is retried."""


class NodeLostError(LostError):
    """A node died or is preempted; the attempt is retried and not counted."""


class SandboxError(CodemError):
    """The sandbox itself failed, so the program's outcome is unknown; the job is retried."""


_CAUSE_NAMES = ("controller_failure", "health_check_failure", "cause")
"""Attributes of Ray's errors that hold another error."""


def all_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes from the outside in, also those inside errors of Ray."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [getattr(current, name, None) for name in _CAUSE_NAMES]
        inner += [*getattr(current, "worker_failures", {}).values(), current.__cause__]
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
