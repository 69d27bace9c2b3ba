"""Judge jobs on executor actors that all trials of a sweep share."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from codem_ray.config import ResourcesConfig, Sweep
from codem_ray.errors import CodemError, ResourceError, SandboxError
from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Outcome, Progress, Verdict
from codem_ray.runtime.chunks import CHUNK_JOBS, JobChunk, chunk_size, chunks_to_retry, plan_chunks
from codem_ray.runtime.cluster_view import executor_nodes
from codem_ray.runtime.executor_actor import ExecutorFactory, JobExecutor
from codem_ray.runtime.executor_fleet import ExecutorFleet
from codem_ray.runtime.executor_members import Refusal, refuse_none
from codem_ray.runtime.node_checks import NodeGuard
from codem_ray.runtime.ray_connection import on_driver_node
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sweep.executor_policy import PoolSize, pool_size
from codem_ray.sweep.node_needs import NodeUse
from codem_ray.sweep.preflight import is_on_cluster
from codem_ray.wording import last_line

MAX_CALLS = 64
"""Chunks that one call of `execute` submits to the fleet at a time; the fleet scales with them."""
FLEET_CALLS = 4096
"""Chunks of all trials that the fleet accepts at a time; the others wait in their trials."""
START_SECONDS = 180.0
_CONTROL_SECONDS = 60.0


def start_pool(sweep: Sweep, guard: NodeGuard, *, may_grow: bool) -> ExecutorPool:
    """Start the executors of a sweep on the connected cluster; see `ExecutorPool.start`."""
    evaluation, refused = sweep.evaluation, guard.refused(NodeUse.EXECUTE)
    size = pool_size(
        [node for node in executor_nodes() if node.node_id not in refused],
        sweep.resources,
        is_own_ray=not is_on_cluster(),
        may_grow=may_grow,
    )
    return ExecutorPool.start(
        partial(build_executor, evaluation.sandbox, uses_cache=evaluation.cache),
        size,
        resources=sweep.resources,
        scheduling_strategy=on_driver_node(),
        refused=refused,
        refusal=partial(guard.refusal, NodeUse.EXECUTE),
        may_grow=may_grow,
        start_seconds=60.0 * sweep.cluster.start_timeout_minutes,
    )


def build_executor(
    sandbox: str, cache_dir: Path | None = None, *, uses_cache: bool = False
) -> JobExecutor:
    """Open the sandbox backend of that name and return an executor in it.

    Executors share `cache_dir`, where compilers keep their files; with `uses_cache` verdicts are
    kept there too.
    """
    return Executor(open_sandbox(sandbox), cache_dir=cache_dir, uses_cache=uses_cache)


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

    def _give_up(self, chunk: JobChunk, message: str) -> None:
        verdict = Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=message[:2000])
        self.settle(chunk, [verdict])

    def ordered(self) -> list[Verdict]:
        return [self.verdicts[position] for position in range(len(self.jobs))]


@dataclass
class ExecutorPool(AbstractContextManager["ExecutorPool"]):
    """The executors of a sweep; a context manager that ends them.

    A pool pickles to any process of the same Ray job. The fleet gives each executor one chunk at a
    time, in the order in which they come, so that trials take turns.
    """

    fleet: Any
    """The actor that owns the executors."""
    size: PoolSize
    refusal: Refusal
    expected_checks: dict[str, int] = field(default_factory=dict)
    """Number of checks that each reference makes, by problem digest; from the reference gate."""
    pids: tuple[int, ...] = ()
    """Process ids of the executors that started with the pool, each on its own node."""

    @classmethod
    def start(
        cls,
        factory: ExecutorFactory,
        size: PoolSize,
        *,
        resources: ResourcesConfig | None = None,
        scheduling_strategy: Any = "DEFAULT",
        refused: Sequence[str] = (),
        refusal: Refusal = refuse_none,
        may_grow: bool = False,
        start_seconds: float = START_SECONDS,
    ) -> ExecutorPool:
        """Start the fleet, and wait for its executors if their number is fixed.

        The fleet belongs to the driver and ends with it, and its executors with the fleet.

        Args:
            factory: Builds an executor in its process.
            size: How many executors there are, and what they reserve.
            resources: The section `resources`.
            scheduling_strategy: Of the fleet's own actor, which reserves nothing.
            refused: Ids of nodes that may not execute.
            refusal: Is asked about each node on which an executor has started.
            may_grow: Whether the cluster can add nodes.
            start_seconds: How long a chunk waits for the first executor before this is an error.

        Raises:
            CodemError: an executor cannot be built on any node.
            ResourceError: executors do not start.
        """
        kind: Any = ray.remote(ExecutorFleet)
        fleet = kind.options(
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=FLEET_CALLS,
            scheduling_strategy=scheduling_strategy,
        ).remote(
            factory,
            size,
            resources or ResourcesConfig(),
            refused=list(refused),
            may_grow=may_grow,
            start_seconds=start_seconds,
        )
        pool = cls(fleet, size, refusal)
        try:
            # Executors whose number is not fixed start with the work.
            pool.pids = ray.get(fleet.start.remote(refusal), timeout=START_SECONDS)
        except GetTimeoutError as error:
            pool.shutdown()
            raise ResourceError(
                f"{size.minimum} executors did not start within {START_SECONDS:.0f} s; the cluster "
                f"has {ray.cluster_resources().get('CPU', 0):g} CPUs: lower resources.executors"
            ) from error
        except RayTaskError as error:
            pool.shutdown()
            if isinstance(error.cause, CodemError):
                raise error.cause from error
            raise
        return pool

    def members(self) -> dict[str, Any]:
        """Return how many executors are starting, ready and busy, and on which nodes."""
        found: dict[str, Any] = ray.get(self.fleet.members.remote(), timeout=_CONTROL_SECONDS)
        return found

    def shutdown(self) -> None:
        """End the executors."""
        ray.kill(self.fleet, no_restart=True)

    def __exit__(self, *exception: object) -> None:
        self.shutdown()

    def execute(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Verdict]:
        """Return a verdict per job, in order, even if executors die.

        A chunk whose executor dies is tried again on another one, then split until the job that
        kills executors is alone; that job gets an infrastructure_error. An EnvironmentLackError or
        another CodemError of an executor is raised, except for SandboxError, which is retried.
        """
        size = chunk_size(len(jobs), self.size.maximum, CHUNK_JOBS)
        ledger = _Ledger(jobs, deque(plan_chunks(jobs, size)), progress)
        # The reference to a chunk's jobs is held until its call has ended.
        calls: dict[Any, tuple[JobChunk, Any]] = {}
        while ledger.waiting or calls:
            while ledger.waiting and len(calls) < MAX_CALLS:
                chunk = ledger.waiting.popleft()
                part = [jobs[position] for position in chunk.positions]
                held = ray.put(part)
                checks = self._checks_of(part)
                call = self.fleet.judge.remote([held], len(part), checks, self.refusal)
                calls[call] = (chunk, held)
            done, _ = ray.wait(list(calls), num_returns=1)
            for ref in done:
                chunk, _ = calls.pop(ref)
                try:
                    ledger.settle(chunk, ray.get(ref))
                except RayError as error:
                    known = error.cause if isinstance(error, RayTaskError) else None
                    if isinstance(known, CodemError) and not isinstance(known, SandboxError):
                        raise known from error
                    ledger.fail(chunk, last_line(known or error))
        return ledger.ordered()

    def _checks_of(self, jobs: Sequence[Job]) -> dict[str, int]:
        digests = {job.problem.digest() for job in jobs} & self.expected_checks.keys()
        return {digest: self.expected_checks[digest] for digest in digests}
