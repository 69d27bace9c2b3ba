"""Judges many jobs at once on Ray actors that outlive trials; `execution.local` needs no Ray."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from codem_ray.errors import CodemError, ResourceError, SandboxError
from codem_ray.execution.executor import Executor
from codem_ray.languages import language
from codem_ray.languages.spec import ProcessLayout
from codem_ray.records import Job, Outcome, Verdict
from codem_ray.sandbox.backends import open_sandbox

Progress = Callable[[int], None]
"""Called with the number of jobs judged since the last call."""

CHUNK_JOBS = 82
"""At most; half of HumanEval. A compiler's start and its first, slow programs are shared out."""
SHORT_CHUNK_JOBS = 41
"""At most, in a language whose programs share little."""
MIN_CHUNK_JOBS = 24
"""Below this a compiler's start costs more than idle executors."""
WHOLE_ATTEMPTS = 3
"""A chunk whose executor dies is tried this often before it is split."""
SPLIT_ATTEMPTS = 2
"""What each part of a split chunk gets."""
NICENESS = 5
"""Below training, so that a shared core goes to the trial; low enough for loose wall limits."""
MAX_ACTOR_DEATHS = 20
"""In a row: an executor past it is no longer asked."""
MAX_DEFAULT_EXECUTORS = 64
_SECONDS_PER_JOB = 180.0
_SECONDS_PER_CHUNK = 900.0
"""Enough for one program that compiles, runs and is tried again as slowly as their limits allow."""
_LOOK_SECONDS = 300.0
_START_SECONDS = 180.0
_POLL_SECONDS = 5.0
_REVIVAL_SECONDS = 0.5
_CONTROL_SECONDS = 60.0


class Judge(Protocol):
    """What a pool needs of an executor."""

    expected_checks: dict[str, int]

    def execute(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Return a verdict per job, in order."""


JudgeFactory = Callable[[], Judge]
"""Builds an executor where it will work; crosses processes by pickle."""


def executor_factory(
    sandbox: str, cache_dir: Path | None = None, *, uses_cache: bool = False
) -> JudgeFactory:
    """Return a factory of executors in the sandbox backend of that name.

    Executors share the cache folder: what a compiler keeps there, programs only read; with
    `uses_cache` verdicts are kept there too.
    """
    return partial(_build, sandbox, cache_dir, uses_cache)


def _build(sandbox: str, cache_dir: Path | None, uses_cache: bool) -> Judge:
    return Executor(open_sandbox(sandbox), cache_dir=cache_dir, uses_cache=uses_cache)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Jobs of one language that go to an executor together."""

    positions: tuple[int, ...]
    """Places in the list that was handed in."""
    attempts_left: int = WHOLE_ATTEMPTS


def plan_chunks(jobs: Sequence[Job], size: int = CHUNK_JOBS) -> list[Chunk]:
    """Group jobs by language in even chunks of at most `size`, the largest first.

    Where a compiler's call takes few programs, more of them together gain nothing and leave the
    other executors idle at the end.
    """
    by_language: dict[str, list[int]] = {}
    for at, job in enumerate(jobs):
        by_language.setdefault(job.problem.language, []).append(at)
    chunks = []
    for name, positions in by_language.items():
        # Small sets stay whole: other trials and languages keep the other executors busy, and a
        # compiler's start costs as much for a few programs as for many.
        num_chunks = -(-len(positions) // min(size, _most_together(name)))
        step = -(-len(positions) // num_chunks)
        chunks += [Chunk(tuple(positions[at : at + step])) for at in range(0, len(positions), step)]
    return sorted(chunks, key=lambda chunk: -len(chunk.positions))


def _most_together(name: str) -> int:
    spec = language(name)
    if spec.process_layout is ProcessLayout.PAGES:
        return CHUNK_JOBS
    return max(SHORT_CHUNK_JOBS, spec.build.batch_size if spec.build else 0)


def after_failure(chunk: Chunk) -> list[Chunk]:
    """Decide what to try after an executor failed on a chunk; nothing: give its one job up."""
    if chunk.attempts_left > 1:
        return [replace(chunk, attempts_left=chunk.attempts_left - 1)]
    half = len(chunk.positions) // 2
    if half == 0:
        return []
    parts = chunk.positions[:half], chunk.positions[half:]
    return [Chunk(part, SPLIT_ATTEMPTS) for part in parts]


@dataclass
class _Ledger:
    """Verdicts so far and chunks to come of one call of `execute`."""

    jobs: Sequence[Job]
    waiting: deque[Chunk]
    progress: Progress | None
    verdicts: dict[int, Verdict] = field(default_factory=dict)

    def settle(self, chunk: Chunk, verdicts: Sequence[Verdict]) -> None:
        if len(verdicts) != len(chunk.positions):
            self.fail(chunk, f"{len(verdicts)} verdicts for {len(chunk.positions)} jobs")
            return
        self.verdicts.update(zip(chunk.positions, verdicts, strict=True))
        if self.progress is not None:
            self.progress(len(verdicts))

    def fail(self, chunk: Chunk, cause: str) -> None:
        again = after_failure(chunk)
        self.waiting.extend(again)
        if not again:
            message = f"the executor failed on this job every time: {cause}"[:2000]
            self.settle(chunk, [Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=message)])

    def give_up(self, cause: str) -> None:
        for at in range(len(self.jobs)):
            if at not in self.verdicts:
                verdict = Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=cause[:2000])
                self.settle(Chunk((at,)), [verdict])
        self.waiting.clear()

    def ordered(self) -> list[Verdict]:
        return [self.verdicts[at] for at in range(len(self.jobs))]


class Place(NamedTuple):
    """Where an actor is."""

    pid: int
    node: str
    cores: tuple[int, ...]
    """Those that it may run on."""


def keep_to(core: int) -> None:
    """Let all threads of this process, and what they start, run on one core."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended, or this is not allowed here
            os.sched_setaffinity(int(thread.name), {core})


def share_out(places: Sequence[Place]) -> list[int | None]:
    """Return the core for each actor, where a node has as many actors as they have cores there.

    Compilers and virtual machines wake threads on whatever core is idle, for a short while, and
    the other actor's program then waits for that core: with a core of its own each is faster. Where
    there are fewer actors than cores, or cores are rationed without being assigned, nothing is
    fixed: what else runs on a core would slow its actor while other cores are idle.
    """
    by_node: dict[str, list[int]] = {}
    for at, place in enumerate(places):
        by_node.setdefault(place.node, []).append(at)
    cores: list[int | None] = [None] * len(places)
    for together in by_node.values():
        allowed = places[together[0]].cores
        if len(together) == len(allowed):
            for at, core in zip(together, allowed, strict=True):
                cores[at] = core
    return cores


class _Actor:
    """Holds an executor in a process of its own."""

    def __init__(self, factory: JudgeFactory, niceness: int) -> None:
        os.nice(niceness)
        self._factory = factory
        self._judge: Judge | None = None
        self._deadline: float | None = None

    def prepare(self, core: int | None = None) -> Place:
        """Build the executor here, where its errors keep their types; keep to a core if told."""
        import ray

        if core is not None and os.sched_getaffinity(0) != {core}:
            keep_to(core)
        if self._judge is None:
            self._judge = self._factory()
        node = ray.get_runtime_context().get_node_id()
        return Place(os.getpid(), node, tuple(sorted(os.sched_getaffinity(0))))

    def execute(
        self, jobs: Sequence[Job], expected_checks: Mapping[str, int], core: int | None
    ) -> list[Verdict]:
        self._deadline = time.monotonic() + _SECONDS_PER_CHUNK + _SECONDS_PER_JOB * len(jobs)
        try:
            self.prepare(core)
            assert self._judge is not None
            self._judge.expected_checks.update(expected_checks)
            return self._judge.execute(jobs)
        finally:
            self._deadline = None

    def is_overdue(self) -> bool:
        deadline = self._deadline
        return deadline is not None and time.monotonic() > deadline


@dataclass
class ExecutorHandle:
    """A pool as a trial sees it; pickles to any process of the same Ray job.

    Many trials may execute at once: each has one chunk under way per actor, so actors take turns.
    """

    actors: list[Any]
    cores: list[int | None]
    """What each actor keeps to; see `share_out`."""
    chunk_jobs: int = CHUNK_JOBS
    expected_checks: dict[str, int] = field(default_factory=dict)
    """Checks that each reference does, by problem digest: the gate's findings."""

    def execute(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Verdict]:
        """Return a verdict per job, in order; no death of an executor loses one.

        A chunk whose executor dies is tried again elsewhere, then split until the job that kills
        executors stands alone and gets an infrastructure_error. EnvironmentLackError and the like
        from an executor are raised as they are.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        # Fewer at a time where executors would stand idle.
        share = max(-(-len(jobs) // len(self.actors)), MIN_CHUNK_JOBS)
        chunks = plan_chunks(jobs, min(share, self.chunk_jobs))
        ledger = _Ledger(jobs, deque(chunks), progress)
        idle = deque(range(len(self.actors)))
        flying: dict[Any, tuple[Chunk | None, int]] = {}
        deaths: Counter[int] = Counter()
        revived_by: dict[int, float] = {}
        last_look = time.monotonic()
        cause = ""
        while ledger.waiting or flying:
            while ledger.waiting and idle:
                chunk, at = ledger.waiting.popleft(), idle.popleft()
                part = [jobs[position] for position in chunk.positions]
                checks = _for_jobs(self.expected_checks, part)
                ref = self.actors[at].execute.remote(part, checks, self.cores[at])
                flying[ref] = (chunk, at)
            if not flying:
                ledger.give_up(f"no executor is left that works: {cause}")
                break
            done, _ = ray.wait(list(flying), num_returns=1, timeout=_POLL_SECONDS)
            for ref in done:
                flown, at = flying.pop(ref)
                try:
                    answer = ray.get(ref, timeout=_CONTROL_SECONDS)
                    if flown is not None:
                        ledger.settle(flown, answer)
                        deaths[at] = 0
                    idle.append(at)
                except RayError as error:
                    known = error.cause if isinstance(error, RayTaskError) else None
                    if isinstance(known, CodemError) and not isinstance(known, SandboxError):
                        raise known from error
                    cause = str(error).strip().splitlines()[-1]
                    if flown is not None:
                        ledger.fail(flown, cause)
                        deaths[at] += 1
                        revived_by[at] = time.monotonic() + _START_SECONDS
                    if deaths[at] < MAX_ACTOR_DEATHS and time.monotonic() < revived_by[at]:
                        # Until Ray has started it anew each call fails at once, and the next
                        # chunk would pay for it: it has to answer before it gets one.
                        time.sleep(0.0 if flown is not None else _REVIVAL_SECONDS)
                        flying[self.actors[at].prepare.remote(self.cores[at])] = (None, at)
            if time.monotonic() - last_look > _LOOK_SECONDS:
                self._restart_stuck({at for _, at in flying.values()})
                last_look = time.monotonic()
        return ledger.ordered()

    def _restart_stuck(self, busy: set[int]) -> None:
        """Kill actors past their chunk's deadline; Ray starts them anew and callers try again."""
        import ray
        from ray.exceptions import GetTimeoutError, RayActorError

        asked = {
            at: self.actors[at].is_overdue.options(concurrency_group="control").remote()
            for at in busy
        }
        for at, ref in asked.items():
            try:
                is_stuck = bool(ray.get(ref, timeout=_CONTROL_SECONDS))
            except GetTimeoutError:
                is_stuck = True
            except RayActorError:
                is_stuck = False
            if is_stuck:
                ray.kill(self.actors[at], no_restart=False)


def _prepared(actors: Sequence[Any], cores: Sequence[int | None]) -> list[Place]:
    import ray

    asked = [actor.prepare.remote(core) for actor, core in zip(actors, cores, strict=True)]
    places: list[Place] = ray.get(asked, timeout=_START_SECONDS)
    return places


class ExecutorPool:
    """Owns the executor actors of a sweep; the driver starts it once and trials share it."""

    def __init__(self, handle: ExecutorHandle, pids: Sequence[int]) -> None:
        self._handle = handle
        self.pids = tuple(pids)
        """Process ids at the start, each on its own node."""

    @classmethod
    def start(
        cls,
        factory: JudgeFactory,
        *,
        num_executors: int | None = None,
        num_cpus: float = 0.0,
        name: str = "codem-ray-executor",
        niceness: int = NICENESS,
        expected_checks: Mapping[str, int] | None = None,
    ) -> ExecutorPool:
        """Start the actors and wait until each has built its executor.

        `num_executors` None: one per CPU, at most 64. `num_cpus` is 0 because an actor that
        reserved a CPU for the whole sweep would keep the training workers of a small machine from
        ever starting; niceness gives training the precedence instead. On an autoscaling cluster
        set it above 0, for Ray adds no node for actors that ask for nothing. The actors belong to
        the driver, not to a trial, and are not detached: with the driver killed they end too.
        """
        import ray
        from ray.exceptions import GetTimeoutError, RayTaskError

        wanted = num_executors or min(
            MAX_DEFAULT_EXECUTORS, max(1, int(ray.cluster_resources().get("CPU", 1)))
        )
        kind: Any = ray.remote(concurrency_groups={"control": 1})(_Actor)
        actors = [
            kind.options(
                name=f"{name}-{at}",
                num_cpus=num_cpus,
                max_restarts=-1,
                max_task_retries=0,
                scheduling_strategy="SPREAD",
            ).remote(factory, niceness)
            for at in range(wanted)
        ]
        anywhere: list[int | None] = [None] * wanted
        handle = ExecutorHandle(actors, anywhere, expected_checks=dict(expected_checks or {}))
        pool = cls(handle, ())
        try:
            places = _prepared(actors, anywhere)
            pool.pids = tuple(place.pid for place in places)
            handle.cores = share_out(places)
            _prepared(actors, handle.cores)
        except GetTimeoutError as error:
            pool.shutdown()
            raise ResourceError(
                f"{wanted} executors of {num_cpus:g} CPUs each did not start within "
                f"{_START_SECONDS:.0f} s; the cluster has {ray.cluster_resources().get('CPU', 0):g}"
                " CPUs: lower resources.executors"
            ) from error
        except RayTaskError as error:
            pool.shutdown()
            if isinstance(error.cause, CodemError):
                raise error.cause from error
            raise
        return pool

    def handle(self) -> ExecutorHandle:
        """Return what trials use; take it after the gate, so that it holds the expected checks."""
        return self._handle

    def expect_checks(self, checks: Mapping[str, int]) -> None:
        """Remember the checks that references do, by problem digest."""
        self._handle.expected_checks.update(checks)

    def execute(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Verdict]:
        """Return a verdict per job, in order; see `ExecutorHandle.execute`."""
        return self._handle.execute(jobs, progress)

    def shutdown(self) -> None:
        """End the actors; a handle is of no use afterwards."""
        import ray

        for actor in self._handle.actors:
            ray.kill(actor, no_restart=True)


def _for_jobs(checks: Mapping[str, int], jobs: Sequence[Job]) -> dict[str, int]:
    if not checks:
        return {}
    digests = {job.problem.digest() for job in jobs}
    return {digest: checks[digest] for digest in digests if digest in checks}
