"""Judge jobs on executor actors that all trials of a sweep share."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError, RayTaskError

from codem_ray.errors import CodemError, ResourceError, SandboxError
from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Outcome, Progress, Verdict
from codem_ray.runtime.chunks import CHUNK_JOBS, JobChunk, chunk_size, chunks_to_retry, plan_chunks
from codem_ray.sandbox.backends import open_sandbox

NICENESS = 5
"""Training goes first on a shared core; higher values would break the loose wall limits."""
MAX_ACTOR_DEATHS = 20
"""An actor that died so often in a row gets no more chunks."""
_SECONDS_PER_JOB = 180.0
_SECONDS_PER_CHUNK = 900.0
"""Longest time of one program that compiles, runs and is retried as slowly as its limits allow."""
_STUCK_CHECK_SECONDS = 300.0
_START_SECONDS = 180.0
_POLL_SECONDS = 5.0
_RESTART_POLL_SECONDS = 0.5
_CONTROL_SECONDS = 60.0


class JobExecutor(Protocol):
    """The part of `execution.Executor` that an actor uses."""

    expected_checks: dict[str, int]

    def execute(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Return a verdict per job, in order."""


ExecutorFactory = Callable[[], JobExecutor]
"""Builds an executor in the actor's process; crosses processes by pickle."""


def build_executor(
    sandbox: str, cache_dir: Path | None = None, *, uses_cache: bool = False
) -> JobExecutor:
    """Open the sandbox backend of that name and return an executor in it.

    Executors share `cache_dir`, where compilers keep their files; with `uses_cache` verdicts are
    kept there too.
    """
    return Executor(open_sandbox(sandbox), cache_dir=cache_dir, uses_cache=uses_cache)


class _ExecutorActor:
    """Holds an executor in a separate process."""

    def __init__(self, factory: ExecutorFactory) -> None:
        os.nice(NICENESS)
        self._factory = factory
        self._executor: JobExecutor | None = None
        self._deadline: float | None = None

    def prepare(self) -> int:
        """Build the executor, here so that errors keep their types; return the process id."""
        if self._executor is None:
            self._executor = self._factory()
        return os.getpid()

    def execute(self, jobs: Sequence[Job], expected_checks: Mapping[str, int]) -> list[Verdict]:
        self._deadline = time.monotonic() + _SECONDS_PER_CHUNK + _SECONDS_PER_JOB * len(jobs)
        try:
            self.prepare()
            assert self._executor is not None
            self._executor.expected_checks.update(expected_checks)
            return self._executor.execute(jobs)
        finally:
            self._deadline = None

    def is_overdue(self) -> bool:
        deadline = self._deadline
        return deadline is not None and time.monotonic() > deadline


@dataclass
class _Ledger:
    """Verdicts so far and waiting chunks of one call of `execute`."""

    jobs: Sequence[Job]
    waiting: deque[JobChunk]
    progress: Progress | None
    verdicts: dict[int, Verdict] = field(default_factory=dict)

    def settle(self, chunk: JobChunk, verdicts: Sequence[Verdict]) -> None:
        if len(verdicts) != len(chunk.positions):
            self.fail(chunk, f"{len(verdicts)} verdicts for {len(chunk.positions)} jobs")
            return
        self.verdicts.update(zip(chunk.positions, verdicts, strict=True))
        if self.progress is not None:
            self.progress(len(verdicts))

    def fail(self, chunk: JobChunk, cause: str) -> None:
        retries = chunks_to_retry(chunk)
        self.waiting.extend(retries)
        if not retries:
            self._give_up(chunk, f"the executor failed on this job every time: {cause}")

    def give_up_rest(self, cause: str) -> None:
        for position in range(len(self.jobs)):
            if position not in self.verdicts:
                self._give_up(JobChunk((position,)), cause)
        self.waiting.clear()

    def _give_up(self, chunk: JobChunk, message: str) -> None:
        verdict = Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=message[:2000])
        self.settle(chunk, [verdict])

    def ordered(self) -> list[Verdict]:
        return [self.verdicts[position] for position in range(len(self.jobs))]


@dataclass
class ExecutorPool(AbstractContextManager["ExecutorPool"]):
    """The executor actors of a sweep; a context manager that ends them.

    A pool pickles to any process of the same Ray job. Each call of `execute` gives an actor one
    chunk at a time, so that trials take turns.
    """

    actors: list[Any]
    expected_checks: dict[str, int] = field(default_factory=dict)
    """Number of checks that each reference makes, by problem digest; from the reference gate."""
    pids: tuple[int, ...] = ()
    """Process ids of the actors at the start, each on its own node."""

    @classmethod
    def start(
        cls,
        factory: ExecutorFactory,
        *,
        num_executors: int,
        name: str = "codem-ray-executor",
        label_selector: Mapping[str, str] | None = None,
    ) -> ExecutorPool:
        """Start the actors and wait until each has built its executor.

        The actors belong to the driver and end with it. They reserve no CPU: on a small machine the
        training workers could never start beside them; instead their niceness lets training go
        first.
        """
        kind: Any = ray.remote(concurrency_groups={"control": 1})(_ExecutorActor)
        actors = [
            kind.options(
                name=f"{name}-{number}",
                num_cpus=0,
                max_restarts=-1,
                max_task_retries=0,
                scheduling_strategy="SPREAD",
                label_selector=dict(label_selector) if label_selector else None,
            ).remote(factory)
            for number in range(num_executors)
        ]
        pool = cls(actors)
        try:
            started = [actor.prepare.remote() for actor in actors]
            pool.pids = tuple(ray.get(started, timeout=_START_SECONDS))
        except GetTimeoutError as error:
            pool.shutdown()
            raise ResourceError(
                f"{num_executors} executors did not start within {_START_SECONDS:.0f} s; the "
                f"cluster has {ray.cluster_resources().get('CPU', 0):g} CPUs: lower "
                "resources.executors"
            ) from error
        except RayTaskError as error:
            pool.shutdown()
            if isinstance(error.cause, CodemError):
                raise error.cause from error
            raise
        return pool

    def shutdown(self) -> None:
        """End the actors."""
        for actor in self.actors:
            ray.kill(actor, no_restart=True)

    def __exit__(self, *exception: object) -> None:
        self.shutdown()

    def execute(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Verdict]:
        """Return a verdict per job, in order, even if executors die.

        A chunk whose executor dies is tried again on another one, then split until the job that
        kills executors is alone; that job gets an infrastructure_error. An EnvironmentLackError or
        another CodemError of an executor is raised, except for SandboxError, which is retried.
        """
        size = chunk_size(len(jobs), len(self.actors), CHUNK_JOBS)
        ledger = _Ledger(jobs, deque(plan_chunks(jobs, size)), progress)
        idle = deque(range(len(self.actors)))
        # Pending calls with chunk and actor; a call without a chunk waits for an actor's restart.
        calls: dict[Any, tuple[JobChunk | None, int]] = {}
        deaths: Counter[int] = Counter()
        restarted_by: dict[int, float] = {}
        last_check = time.monotonic()
        cause = ""
        while ledger.waiting or calls:
            while ledger.waiting and idle:
                chunk, index = ledger.waiting.popleft(), idle.popleft()
                part = [jobs[position] for position in chunk.positions]
                call = self.actors[index].execute.remote(part, self._checks_of(part))
                calls[call] = (chunk, index)
            if not calls:
                ledger.give_up_rest(f"no working executor is left: {cause}")
                break
            done, _ = ray.wait(list(calls), num_returns=1, timeout=_POLL_SECONDS)
            for ref in done:
                called, index = calls.pop(ref)
                try:
                    answer = ray.get(ref, timeout=_CONTROL_SECONDS)
                    if called is not None:
                        ledger.settle(called, answer)
                        deaths[index] = 0
                    idle.append(index)
                except RayError as error:
                    known = error.cause if isinstance(error, RayTaskError) else None
                    if isinstance(known, CodemError) and not isinstance(known, SandboxError):
                        raise known from error
                    cause = str(error).strip().splitlines()[-1]
                    if called is not None:
                        ledger.fail(called, cause)
                        deaths[index] += 1
                        restarted_by[index] = time.monotonic() + _START_SECONDS
                    else:
                        time.sleep(_RESTART_POLL_SECONDS)
                    if deaths[index] < MAX_ACTOR_DEATHS and time.monotonic() < restarted_by[index]:
                        # Calls fail at once until Ray has restarted the actor, and a failed call
                        # costs its chunk an attempt: so the actor must answer before it gets one.
                        calls[self.actors[index].prepare.remote()] = (None, index)
            if time.monotonic() - last_check > _STUCK_CHECK_SECONDS:
                self._restart_stuck({index for _, index in calls.values()})
                last_check = time.monotonic()
        return ledger.ordered()

    def _checks_of(self, jobs: Sequence[Job]) -> dict[str, int]:
        digests = {job.problem.digest() for job in jobs} & self.expected_checks.keys()
        return {digest: self.expected_checks[digest] for digest in digests}

    def _restart_stuck(self, busy: set[int]) -> None:
        """Kill actors past their deadline; Ray restarts them, and their chunks are retried."""
        answers = {
            index: self.actors[index].is_overdue.options(concurrency_group="control").remote()
            for index in busy
        }
        for index, ref in answers.items():
            try:
                is_stuck = bool(ray.get(ref, timeout=_CONTROL_SECONDS))
            except GetTimeoutError:
                is_stuck = True
            except RayActorError:
                is_stuck = False
            if is_stuck:
                ray.kill(self.actors[index], no_restart=False)
