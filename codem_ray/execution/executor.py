"""Judge answers: assemble programs, compile them in batches, run them in a sandbox, decide."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from codem_ray.errors import SandboxError, ToolchainError
from codem_ray.execution.batches import plan_batches
from codem_ray.execution.building import Builder, BuildResult, write_files
from codem_ray.execution.pages import PageJudge
from codem_ray.execution.programs import DistinctPrograms, ProgramKey, ProgramVerdicts
from codem_ray.execution.retries import RETRY_PAUSES, infrastructure_error, new_folder, retry
from codem_ray.execution.running import Runner
from codem_ray.execution.staging import cache_root, stage_harness
from codem_ray.execution.unconfirmed_failures import UnconfirmedFailures, toolchain_fault
from codem_ray.execution.verdict_cache import StoredVerdicts, VerdictCache, judging_conditions
from codem_ray.execution.verdicts import decide_verdict, wall_factor_after
from codem_ray.languages import language
from codem_ray.languages.spec import LanguageSpec, ProcessLayout, Program, Unit
from codem_ray.records import Job, Limits, Problem, Progress, Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.protocol import Sandbox


class Executor:
    """Judges jobs in one sandbox backend; compiler caches outlive a call."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        cache_dir: Path | None = None,
        limits: Mapping[str, Limits] | None = None,
        num_threads: int = 1,
        uses_cache: bool = False,
    ) -> None:
        """`limits` replace those of a language, by its name.

        With `uses_cache`, verdicts are stored beside the compiler caches and serve all executors
        of the node.
        """
        self._sandbox = sandbox
        self._limits = dict(limits or {})
        self._num_threads = max(1, num_threads)
        self.expected_checks: dict[str, int] = {}
        """Number of checks that a pass must have done, by problem digest; by default 1."""
        self._cache_dir = cache_root(cache_dir)
        self._harness = stage_harness(self._cache_dir)
        self._verdict_cache: VerdictCache | None = None
        if uses_cache:
            is_polled = sandbox.memory_enforcement == "polling"
            self._verdict_cache = VerdictCache(self._cache_dir, is_memory_polled=is_polled)
        self._compiler_caches: dict[str, Path | None] = {}
        self._compiler_caches_lock = threading.Lock()

    @property
    def sandbox_name(self) -> str:
        """Name of the sandbox backend."""
        return self._sandbox.name

    @property
    def uses_cache(self) -> bool:
        """Whether verdicts of earlier runs are used."""
        return self._verdict_cache is not None

    def execute(self, jobs: Sequence[Job], *, progress: Progress | None = None) -> list[Verdict]:
        """Return a verdict per job, in order.

        Equal programs run once: a verdict found in the cache or for an earlier job is marked as
        cached. A job that is a proof never gets a verdict from the cache.
        """
        programs = DistinctPrograms(jobs, progress)
        stored = StoredVerdicts(self._verdict_cache, programs.units, self._conditions)
        verdicts = stored.look_up(programs.units.keys() - programs.proofs)
        programs.report((None, *verdicts))
        new = {key: unit for key, unit in programs.units.items() if key not in verdicts}
        judged = self._judge_units(new, 1, programs.report, stored.add)
        return programs.in_order(verdicts | {key: runs[0] for key, runs in judged.items()})

    def execute_repeatedly(
        self, jobs: Sequence[Job], num_runs: int, *, progress: Progress | None = None
    ) -> list[list[Verdict]]:
        """Build each program once, run it `num_runs` times, and return the verdicts of each job.

        No verdict is read from the cache or stored there.
        """
        programs = DistinctPrograms(jobs, progress)
        programs.report((None,))
        judged = self._judge_units(programs.units, num_runs, programs.report)
        in_order = [
            programs.in_order({key: runs[number] for key, runs in judged.items()})
            for number in range(num_runs)
        ]
        return [list(runs) for runs in zip(*in_order, strict=True)]

    def compiler_cache(self, spec: LanguageSpec) -> Path | None:
        """Return the compiler cache of a language; the first call fills it. None if it has none."""
        if spec.build is None or spec.build.warm_up is None:
            return None
        with self._compiler_caches_lock:
            if spec.name not in self._compiler_caches:
                self._compiler_caches[spec.name] = spec.build.warm_up(
                    self._cache_dir, self._harness
                )
            return self._compiler_caches[spec.name]

    def _judge_units(
        self,
        units: Mapping[ProgramKey, Unit],
        num_runs: int,
        report: Callable[[Iterable[ProgramKey]], None],
        store: Callable[[ProgramVerdicts], None] = lambda confirmed: None,
    ) -> dict[ProgramKey, list[Verdict]]:
        """Judge units of all languages in batches; return `num_runs` verdicts of each."""
        verdicts: dict[ProgramKey, list[Verdict]] = {}
        failures = UnconfirmedFailures()
        lock = threading.Lock()

        def work(batch: Mapping[ProgramKey, Unit]) -> None:
            by_name = self._judge_batch(list(batch.values()), num_runs)
            judged = {key: by_name[unit.name] for key, unit in batch.items()}
            name = language(next(iter(batch.values())).problem.language).name
            store(failures.confirm(name, judged))
            with lock:
                verdicts.update(judged)
                report(judged)

        with ThreadPoolExecutor(self._num_threads) as pool:
            # list() raises the errors of the threads.
            list(pool.map(work, plan_batches(units, self._num_threads)))
        for name, suspect in failures.remaining().items():
            confirmed = self._confirm(
                language(name), {key: units[key] for key in suspect}, suspect, num_runs
            )
            store(confirmed)
            verdicts.update(confirmed)
        for key, unit in units.items():
            # Wall time depends on the load of the machine, so a program that met its wall limit
            # is retried while this executor runs nothing else.
            runs = verdicts[key]
            timeouts = [number for number, run in enumerate(runs) if run.is_wall_timeout]
            for number in timeouts:
                factor = wall_factor_after(runs[number])
                (runs[number],) = self._judge_batch([unit], wall_factor=factor)[unit.name]
            if timeouts:
                store({key: runs})
        return verdicts

    def _confirm(
        self,
        spec: LanguageSpec,
        units: Mapping[ProgramKey, Unit],
        suspect: ProgramVerdicts,
        num_runs: int,
    ) -> ProgramVerdicts:
        """Keep the failures if the toolchain works; judge again if it works only after a retry."""
        sample = Unit(name="u0", problem=spec.sample_problem, answer=spec.samples.passes)
        fault = None
        for pause in (0.0, *RETRY_PAUSES):
            time.sleep(pause)
            (verdict,) = self._judge_batch([sample])[sample.name]
            fault = toolchain_fault(verdict)
            if fault is None and pause == 0.0:
                return suspect
            if fault is None:
                # The earlier failures came from the toolchain.
                return {
                    key: self._judge_batch([unit], num_runs)[unit.name]
                    for key, unit in units.items()
                }
        error = SandboxError(
            f"the toolchain of {spec.title} does not work ({fault}); run `codem-ray doctor` to see "
            "what is missing"
        )
        return {key: [infrastructure_error(error)] * num_runs for key in suspect}

    def _judge_batch(
        self, units: Sequence[Unit], num_runs: int = 1, *, wall_factor: float = 1.0
    ) -> dict[str, list[Verdict]]:
        """Judge units of one language; errors of the environment become verdicts.

        After a SandboxError each unit is judged alone, so that it cannot affect the others.
        """
        limits = self._limits_of(language(units[0].problem.language))
        limits = replace(limits, wall_seconds=limits.wall_seconds * wall_factor)
        root = None
        try:
            root = retry(new_folder)
            return self._build_and_run(root, units, num_runs, limits)
        except ToolchainError as error:
            return {unit.name: [infrastructure_error(error)] * num_runs for unit in units}
        except SandboxError as error:
            if len(units) == 1:
                return {units[0].name: [infrastructure_error(error)] * num_runs}
            verdicts: dict[str, list[Verdict]] = {}
            for unit in units:
                verdicts |= self._judge_batch([unit], num_runs, wall_factor=wall_factor)
            return verdicts
        finally:
            if root is not None:
                shutil.rmtree(root, ignore_errors=True)

    def _build_and_run(
        self, root: Path, units: Sequence[Unit], num_runs: int, limits: Limits
    ) -> dict[str, list[Verdict]]:
        """Assemble, build and run units of one language below `root`."""
        spec = language(units[0].problem.language)
        programs = [Program(unit, spec.assemble(unit)) for unit in units]
        expected_checks = {unit.name: self._expected_checks(unit.problem) for unit in units}
        if spec.process_layout is ProcessLayout.PAGES:
            page_judge = PageJudge(
                sandbox=self._sandbox,
                spec=spec,
                root=root,
                limits=limits,
                expected_checks=expected_checks,
                harness=self._harness,
            )
            runs = [retry(lambda: page_judge.judge(programs)) for _ in range(num_runs)]
            return {unit.name: [run[unit.name] for run in runs] for unit in units}
        built = self._build(spec, programs, root)
        runner = Runner(
            sandbox=self._sandbox,
            spec=spec,
            harness=self._harness,
            root=root,
            limits=limits,
            num_calls=len(units) * num_runs,
        )

        def run(unit: Unit, result: BuildResult) -> Verdict:
            if result.failure is not None:
                return result.failure
            assert result.folder is not None
            try:
                raw = retry(partial(runner.run, unit, result.folder))
            except (SandboxError, ToolchainError) as error:
                return infrastructure_error(error)
            return decide_verdict(
                raw,
                limits,
                expected_checks=expected_checks[unit.name],
                compile_cpu_seconds=result.cpu_seconds,
            )

        with closing(runner):
            return {
                unit.name: [run(unit, built[unit.name]) for _ in range(num_runs)] for unit in units
            }

    def _build(
        self, spec: LanguageSpec, programs: Sequence[Program], root: Path
    ) -> dict[str, BuildResult]:
        if spec.build is not None:
            builder = Builder(self._sandbox, spec.build, self._harness, self.compiler_cache(spec))
            return retry(lambda: builder.build(programs, root))
        for program in programs:
            retry(partial(write_files, root / program.name, program.files))
        return {program.name: BuildResult(folder=root / program.name) for program in programs}

    def _conditions(self, problem: Problem) -> str:
        spec = language(problem.language)
        return judging_conditions(
            spec,
            problem,
            limits=self._limits_of(spec),
            expected_checks=self._expected_checks(problem),
            sandbox=f"{self._sandbox.name}, {self._sandbox.memory_enforcement}",
        )

    def _limits_of(self, spec: LanguageSpec) -> Limits:
        return self._limits.get(spec.name, spec.limits)

    def _expected_checks(self, problem: Problem) -> int:
        return self.expected_checks.get(problem.digest(), 1)


def local_executor(
    sandbox: str = "bubblewrap", *, num_threads: int | None = None, uses_cache: bool = False
) -> Executor:
    """Return an executor for this machine that needs no Ray; by default one thread per usable CPU.

    Threads suffice because they wait for sandboxed processes, which do the work.
    """
    return Executor(
        open_sandbox(sandbox),
        num_threads=num_threads or len(os.sched_getaffinity(0)),
        uses_cache=uses_cache,
    )
