"""Judges answers: assembles, compiles in batches, runs, decides."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from codem_ray.errors import SandboxError, ToolchainError
from codem_ray.execution.building import Builder, Built, write_files
from codem_ray.execution.doubts import Doubts, complaint
from codem_ray.execution.pages import PageJudge, needs_browser
from codem_ray.execution.result_cache import ResultCache, program_key
from codem_ray.execution.running import Runner
from codem_ray.execution.staging import cache_root, stage_harness
from codem_ray.execution.verdicts import MESSAGE_LENGTH, judge, patience_after
from codem_ray.languages import language
from codem_ray.languages.spec import LanguageSpec, ProcessLayout, Program, Unit
from codem_ray.records import Job, Limits, Outcome, Problem, Verdict
from codem_ray.sandbox.protocol import Sandbox

_PAUSES = (0.05, 0.5)
"""Before each further attempt, in seconds: what failed for want of something may find it then."""
PAGES_PER_PROCESS = 82
PAGES_PER_BROWSER = 100
PAIRS_PER_JUDGE = 41
T = TypeVar("T")
Key = tuple[str, str]
"""Digest of the problem, answer."""
Runs = list[Verdict]
"""What each run of one program came to."""


class Executor:
    """Judges jobs in one sandbox backend; warm compiler caches outlive a call."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        cache_dir: Path | None = None,
        limits: Mapping[str, Limits] | None = None,
        num_threads: int = 1,
        expected_checks: Mapping[str, int] | None = None,
        uses_cache: bool = False,
    ) -> None:
        """`limits` by language replace its own; `expected_checks` by problem digest.

        With `uses_cache` verdicts are kept beside the compilers' caches, for later processes too.
        """
        self._sandbox = sandbox
        self._limits = dict(limits or {})
        self._num_threads = max(1, num_threads)
        self.expected_checks = dict(expected_checks or {})
        self._cache_dir = cache_root(cache_dir)
        self._harness = stage_harness(self._cache_dir)
        self._results = ResultCache(self._cache_dir) if uses_cache else None
        self._warm: dict[str, Path | None] = {}
        self._warm_lock = threading.Lock()

    def execute(
        self, jobs: Sequence[Job], *, progress: Callable[[int], None] | None = None
    ) -> list[Verdict]:
        """Return a verdict per job, in order; `progress` hears of each number of jobs judged."""
        units, keys = self._distinct(jobs)
        programs = self._program_keys(units)
        proofs = {key for job, key in zip(jobs, keys, strict=True) if job.is_proof}
        known = {} if self._results is None else self._results.look_up(programs.values())
        verdicts = {
            key: known[name]
            for key, name in programs.items()
            if name in known and key not in proofs
        }
        if progress is not None and verdicts:
            progress(len(verdicts))

        def keep(done: Mapping[Key, Runs]) -> None:
            if self._results is not None:
                self._results.add(
                    {
                        programs[key]: runs[0]
                        for key, runs in done.items()
                        if key in programs and self._is_repeatable(runs[0])
                    }
                )

        new = {key: unit for key, unit in units.items() if key not in verdicts}
        made = self._judge_all(new, 1, progress, keep)
        return self._in_order(jobs, keys, verdicts | {key: runs[0] for key, runs in made.items()})

    def execute_repeatedly(
        self, jobs: Sequence[Job], runs: int, *, progress: Callable[[int], None] | None = None
    ) -> list[Runs]:
        """Build each program once, run it `runs` times, and return the verdicts of each job.

        No cached verdict is taken and none is kept.
        """
        units, keys = self._distinct(jobs)
        made = self._judge_all(units, runs, progress)
        in_order = [
            self._in_order(jobs, keys, {key: own[at] for key, own in made.items()})
            for at in range(runs)
        ]
        return [list(own) for own in zip(*in_order, strict=True)]

    def _judge_all(
        self,
        units: Mapping[Key, Unit],
        runs: int,
        progress: Callable[[int], None] | None,
        keep: Callable[[Mapping[Key, Runs]], None] = lambda done: None,
    ) -> dict[Key, Runs]:
        made: dict[Key, Runs] = {}
        doubts: Doubts[Key] = Doubts()
        lock = threading.Lock()

        def work(batch: Sequence[tuple[Key, Unit]]) -> None:
            done = self._judge_batch([unit for _, unit in batch], runs)
            by_key = {key: done[unit.name] for key, unit in batch}
            keep(doubts.sift(language(batch[0][1].problem.language).name, by_key))
            with lock:
                made.update(by_key)
                if progress is not None:
                    progress(len(batch))

        with ThreadPoolExecutor(self._num_threads) as pool:
            # list() raises what a thread raised.
            list(pool.map(work, self._batches(units)))
        for name, doubted in doubts.left().items():
            certain = self._without_doubt(name, {key: units[key] for key in doubted}, doubted, runs)
            keep(certain)
            made |= certain
        for key, unit in units.items():
            # Slow or waiting on a busy machine? Again, with nothing else of this executor running.
            late = [at for at, verdict in enumerate(made[key]) if verdict.is_wall_timeout]
            for at in late:
                made[key][at] = self._judge_patiently(unit, made[key][at])
            if late:
                keep({key: made[key]})
        return made

    def _without_doubt(
        self, name: str, units: Mapping[Key, Unit], doubted: dict[Key, Runs], runs: int
    ) -> dict[Key, Runs]:
        """Let failures stand when the toolchain works; it may also be back after a while."""
        spec = language(name)
        unit = Unit(name="u0", problem=spec.sample_problem, answer=spec.samples.passes)
        found = None
        for attempt, pause in enumerate((0.0, *_PAUSES)):
            time.sleep(pause)
            (verdict,) = self._judge_batch([unit])[unit.name]
            found = complaint(verdict)
            if found is None and attempt == 0:
                return doubted
            if found is None:
                # what failed then says nothing
                return {key: self._judge_batch([one], runs)[one.name] for key, one in units.items()}
        error = SandboxError(
            f"the toolchain of {spec.title} does not work ({found}); "
            f"`codem-ray doctor` says what it lacks"
        )
        return {key: [_not_found_out(error)] * runs for key in doubted}

    def _judge_patiently(self, unit: Unit, verdict: Verdict) -> Verdict:
        """Try again what the clock on the wall ended, so that CPU time decides.

        Nobody can keep other people's processes off the machine; but a program that computes and
        gets a thirtieth of a CPU meets its limit of CPU time before this one of wall time.
        """
        (again,) = self._judge_batch([unit], patience=patience_after(verdict))[unit.name]
        return again

    def _program_keys(self, units: Mapping[Key, Unit]) -> dict[Key, str]:
        """Return what the result cache knows programs by; nothing where it is not to be asked."""
        if self._results is None:
            return {}
        keys = {}
        for key, unit in units.items():
            spec = language(unit.problem.language)
            # What is missing is said by the run.
            with suppress(ToolchainError):
                keys[key] = program_key(
                    spec,
                    unit,
                    limits=self._limits_of(spec),
                    expected_checks=self._expected(unit),
                    sandbox=f"{self._sandbox.name}, {self._memory_enforcement}",
                )
        return keys

    @property
    def _memory_enforcement(self) -> str:
        return str(getattr(self._sandbox, "memory_enforcement", "unknown"))

    def _is_repeatable(self, verdict: Verdict) -> bool:
        # A tree that is looked at now and then may pass its limit unseen on a busy machine.
        is_by_chance = (
            verdict.outcome is Outcome.MEMORY_LIMIT and self._memory_enforcement == "polling"
        )
        return verdict.is_settled and not is_by_chance

    def count_checks(self, problem: Problem) -> int:
        """Run a problem's reference and remember the number of checks that it does."""
        if problem.reference is None:
            return 0
        job = Job(problem=problem, answer=problem.prompt + problem.reference)
        (verdict,) = self.execute([job])
        if verdict.outcome is Outcome.PASSED:
            self.expected_checks[problem.digest()] = verdict.checks_done
        return verdict.checks_done

    @staticmethod
    def _distinct(jobs: Sequence[Job]) -> tuple[dict[Key, Unit], list[Key | None]]:
        units: dict[Key, Unit] = {}
        keys: list[Key | None] = []
        for job in jobs:
            if job.answer is None:
                keys.append(None)
                continue
            key = (job.problem.digest(), job.answer)
            keys.append(key)
            if key not in units:
                units[key] = Unit(name=f"u{len(units)}", problem=job.problem, answer=job.answer)
        return units, keys

    @staticmethod
    def _in_order(
        jobs: Sequence[Job], keys: Sequence[Key | None], verdicts: Mapping[Key, Verdict]
    ) -> list[Verdict]:
        ordered, seen = [], set()
        for key in keys:
            if key is None:
                ordered.append(Verdict(outcome=Outcome.NO_ANSWER, message="no code was found"))
                continue
            is_cached = verdicts[key].is_cached or key in seen
            ordered.append(dataclasses.replace(verdicts[key], is_cached=is_cached))
            seen.add(key)
        return ordered

    def _batches(self, units: Mapping[Key, Unit]) -> list[list[tuple[Key, Unit]]]:
        alike: dict[tuple[str, bool], list[tuple[Key, Unit]]] = {}
        for key, unit in units.items():
            kind = (language(unit.problem.language).name, needs_browser(unit.problem))
            alike.setdefault(kind, []).append((key, unit))
        batches = []
        for (name, is_browser), members in alike.items():
            spec = language(name)
            size = PAGES_PER_BROWSER if is_browser else PAGES_PER_PROCESS
            if spec.process_layout is not ProcessLayout.PAGES:
                size = _batch_size(spec)
            # Smaller batches where threads would stand idle, and all of about the same size.
            size = max(1, min(size, -(-len(members) // self._num_threads)))
            size = -(-len(members) // -(-len(members) // size))
            batches += [members[i : i + size] for i in range(0, len(members), size)]
        return batches

    def _limits_of(self, spec: LanguageSpec) -> Limits:
        return self._limits.get(spec.name, spec.limits)

    def _judge_batch(
        self, units: Sequence[Unit], runs: int = 1, *, patience: float = 1.0
    ) -> dict[str, Runs]:
        """Judge units of one language; what the sandbox cannot do is tried again, then said."""
        limits = self._limits_of(language(units[0].problem.language))
        limits = dataclasses.replace(limits, wall_seconds=limits.wall_seconds * patience)
        root = None
        try:
            root = self._again(_new_folder)
            return self._judge_in(root, units, runs, limits)
        except ToolchainError as error:
            return {unit.name: [_not_found_out(error)] * runs for unit in units}
        except SandboxError as error:
            if len(units) > 1:
                return {
                    name: verdicts
                    for unit in units
                    for name, verdicts in self._judge_batch([unit], runs, patience=patience).items()
                }
            return {units[0].name: [_not_found_out(error)] * runs}
        finally:
            if root is not None:
                shutil.rmtree(root, ignore_errors=True)

    def _judge_in(
        self, root: Path, units: Sequence[Unit], runs: int, limits: Limits
    ) -> dict[str, Runs]:
        spec = language(units[0].problem.language)
        if spec.process_layout is ProcessLayout.PAGES:
            page_judge = PageJudge(
                sandbox=self._sandbox,
                spec=spec,
                root=root,
                limits=limits,
                expected={unit.name: self._expected(unit) for unit in units},
                harness=self._harness,
            )
            looks = [self._again(lambda: page_judge.judge(units)) for _ in range(runs)]
            return {unit.name: [look[unit.name] for look in looks] for unit in units}
        programs = [Program(unit, spec.assemble(unit)) for unit in units]
        if spec.build is None:
            built = {}
            for program in programs:
                self._again(partial(write_files, root / program.name, program.files))
                built[program.name] = Built(folder=root / program.name)
        else:
            builder = Builder(self._sandbox, spec.build, self._harness, self._cache_of(spec))
            built = self._again(lambda: builder.build(programs, root))
        runner = Runner(
            self._sandbox,
            spec,
            harness=self._harness,
            root=root,
            limits=limits,
            num_runs=len(units) * runs,
        )
        with closing(runner):
            return {
                unit.name: self._run_often(runner, unit, built[unit.name], limits, runs)
                for unit in units
            }

    def _run_often(
        self, runner: Runner, unit: Unit, made: Built, limits: Limits, runs: int
    ) -> Runs:
        if made.folder is None:
            verdict = Verdict(
                outcome=made.outcome,
                message=made.message[:MESSAGE_LENGTH],
                compile_cpu_seconds=made.cpu_seconds,
                is_wall_timeout=made.is_wall_timeout,
            )
            return [verdict] * runs
        verdicts = []
        for _ in range(runs):
            try:
                ran = self._again(partial(runner.run, unit, made.folder))
            except (SandboxError, ToolchainError) as error:
                verdicts.append(_not_found_out(error))
                continue
            verdict = judge(
                judge_result=ran.judge,
                answer_result=ran.answer,
                secret=ran.secret,
                limits=limits,
                expected_checks=self._expected(unit),
                compile_cpu_seconds=made.cpu_seconds,
            )
            verdicts.append(verdict)
        return verdicts

    @staticmethod
    def _again(attempt: Callable[[], T]) -> T:
        for pause in _PAUSES:
            try:
                return attempt()
            except (SandboxError, ToolchainError, OSError):
                time.sleep(pause)
        try:
            return attempt()
        except OSError as error:
            # Programs do nothing on this side of the sandbox: this is ours or the host's.
            raise SandboxError(
                f"a program could not be laid out below {tempfile.gettempdir()}: {error}; free "
                f"space there, or let TMPDIR name a folder with more"
            ) from error

    def _expected(self, unit: Unit) -> int:
        return self.expected_checks.get(unit.problem.digest(), 1)

    def warm_up(self, spec: LanguageSpec) -> None:
        """Fill the compiler caches of a language now, not with its first job."""
        self._cache_of(spec)

    def _cache_of(self, spec: LanguageSpec) -> Path | None:
        """Return the warm compiler cache of a language, filled once per executor."""
        if spec.build is None or spec.build.warm_up is None:
            return None
        with self._warm_lock:
            if spec.name not in self._warm:
                self._warm[spec.name] = spec.build.warm_up(self._cache_dir, self._harness)
            return self._warm[spec.name]


def _batch_size(spec: LanguageSpec) -> int:
    if spec.build is not None:
        return spec.build.batch_size
    return PAIRS_PER_JUDGE if spec.is_judge_resident else 1


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="codem-ray-"))
    folder.chmod(0o755)
    return folder


def _not_found_out(error: SandboxError | ToolchainError) -> Verdict:
    return Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=str(error)[:MESSAGE_LENGTH])
