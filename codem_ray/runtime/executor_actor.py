"""One executor in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import ray

from codem_ray.errors import CodemError
from codem_ray.records import Job, Verdict

NICENESS = 5
"""Training goes first on a shared core; higher values would break the loose wall limits."""


class JobExecutor(Protocol):
    """The part of `execution.Executor` that an actor uses."""

    expected_checks: dict[str, int]

    def execute(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Return a verdict per job, in order."""


ExecutorFactory = Callable[[], JobExecutor]
"""Builds an executor in the actor's process; crosses processes by pickle."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where an executor is, and what it lacks there."""

    node_id: str
    pid: int
    error: CodemError | None
    """What the node lacks; returned, so that it comes with the node's id."""


class ExecutorActor:
    """An actor that holds an executor."""

    def __init__(self, factory: ExecutorFactory) -> None:
        os.nice(NICENESS)
        self._factory = factory
        self._executor: JobExecutor | None = None

    def prepare(self) -> Readiness:
        """Build the executor."""
        error: CodemError | None = None
        try:
            self._executor = self._factory()
        except CodemError as lack:
            error = lack
        return Readiness(str(ray.get_runtime_context().get_node_id()), os.getpid(), error)

    def execute(self, jobs: Sequence[Job], expected_checks: Mapping[str, int]) -> list[Verdict]:
        """Return the verdicts of one chunk."""
        assert self._executor is not None
        self._executor.expected_checks.update(expected_checks)
        return self._executor.execute(jobs)
