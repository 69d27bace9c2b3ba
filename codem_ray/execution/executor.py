"""Judges answers: assembles, compiles in batches, runs, decides."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from codem_ray.errors import SandboxError
from codem_ray.execution import pages
from codem_ray.execution.building import Builder, Built, write_files
from codem_ray.execution.staging import cache_root, stage_harness
from codem_ray.execution.verdicts import MESSAGE_LENGTH, judge
from codem_ray.languages import language
from codem_ray.languages.spec import Invocation, LanguageSpec, Style, Unit
from codem_ray.records import Job, Limits, Outcome, Problem, Verdict
from codem_ray.sandbox.protocol import Command, Sandbox

SANDBOX_ATTEMPTS = 3
PAGES_PER_PROCESS = 25
T = TypeVar("T")
Key = tuple[str, str]
"""Digest of the problem, answer."""


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
    ) -> None:
        """`limits` by language replace its own; `expected_checks` by problem digest."""
        self._sandbox = sandbox
        self._limits = dict(limits or {})
        self._num_threads = max(1, num_threads)
        self.expected_checks = dict(expected_checks or {})
        self._cache_dir = cache_root(cache_dir)
        self._harness = stage_harness(self._cache_dir)
        self._warm: dict[str, Path | None] = {}
        self._warm_lock = threading.Lock()

    def execute(
        self, jobs: Sequence[Job], *, progress: Callable[[int], None] | None = None
    ) -> list[Verdict]:
        """Return a verdict per job, in order; `progress` hears of each number of jobs judged."""
        units, keys = self._distinct(jobs)
        verdicts: dict[Key, Verdict] = {}
        lock = threading.Lock()

        def work(batch: Sequence[tuple[Key, Unit]]) -> None:
            done = self._judge_batch([unit for _, unit in batch])
            with lock:
                for key, unit in batch:
                    verdicts[key] = done[unit.name]
                if progress is not None:
                    progress(len(batch))

        with ThreadPoolExecutor(self._num_threads) as pool:
            # list() raises what a thread raised.
            list(pool.map(work, self._batches(units)))
        for key, unit in units.items():
            # Slow or waiting on a busy machine? Again, with nothing else of ours running.
            if self._is_wall_timeout(verdicts[key], unit):
                verdicts[key] = self._judge_batch([unit])[unit.name]
        return self._in_order(jobs, keys, verdicts)

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
            ordered.append(dataclasses.replace(verdicts[key], is_cached=key in seen))
            seen.add(key)
        return ordered

    def _batches(self, units: Mapping[Key, Unit]) -> list[list[tuple[Key, Unit]]]:
        by_language: dict[str, list[tuple[Key, Unit]]] = {}
        for key, unit in units.items():
            by_language.setdefault(language(unit.problem.language).name, []).append((key, unit))
        batches = []
        for name, members in by_language.items():
            spec = language(name)
            size = PAGES_PER_PROCESS if spec.style is Style.PAGES else 1
            size = spec.build.batch_size if spec.build else size
            # Smaller batches where threads would stand idle.
            size = max(1, min(size, -(-len(members) // self._num_threads)))
            batches += [members[i : i + size] for i in range(0, len(members), size)]
        return batches

    def _limits_of(self, spec: LanguageSpec) -> Limits:
        return self._limits.get(spec.name, spec.limits)

    def _is_wall_timeout(self, verdict: Verdict, unit: Unit) -> bool:
        limits = self._limits_of(language(unit.problem.language))
        return (
            verdict.outcome is Outcome.TIMEOUT
            and verdict.run_cpu_seconds < 0.9 * limits.cpu_seconds
        )

    def _judge_batch(self, units: Sequence[Unit]) -> dict[str, Verdict]:
        """Judge units of one language; what the sandbox cannot do is tried again, then said."""
        root = Path(tempfile.mkdtemp(prefix="codem-ray-"))
        root.chmod(0o755)
        try:
            return self._judge_in(root, units)
        except SandboxError as error:
            if len(units) > 1:
                return {
                    name: verdict
                    for unit in units
                    for name, verdict in self._judge_batch([unit]).items()
                }
            return {units[0].name: _not_found_out(error)}
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _judge_in(self, root: Path, units: Sequence[Unit]) -> dict[str, Verdict]:
        spec = language(units[0].problem.language)
        if spec.style is Style.PAGES:
            expected = {unit.name: self._expected(unit) for unit in units}
            return self._again(
                lambda: pages.judge_pages(
                    self._sandbox,
                    spec,
                    units,
                    root,
                    self._limits_of(spec),
                    expected,
                    self._harness,
                )
            )
        assembled = {unit.name: spec.assemble(unit) for unit in units}
        if spec.build is None:
            built = {}
            for unit in units:
                write_files(root / unit.name, assembled[unit.name])
                built[unit.name] = Built(folder=root / unit.name)
        else:
            builder = Builder(
                self._sandbox, spec.build, assembled, self._harness, self._cache_of(spec)
            )
            built = self._again(lambda: builder.build(units, root))
        verdicts = {}
        for unit in units:
            made = built[unit.name]
            if made.folder is None:
                verdicts[unit.name] = Verdict(
                    outcome=made.outcome,
                    message=made.message[:MESSAGE_LENGTH],
                    compile_cpu_seconds=made.cpu_seconds,
                )
                continue
            try:
                verdicts[unit.name] = self._again(partial(self._run, spec, unit, made))
            except SandboxError as error:
                verdicts[unit.name] = _not_found_out(error)
        return verdicts

    @staticmethod
    def _again(attempt: Callable[[], T]) -> T:
        for _ in range(SANDBOX_ATTEMPTS - 1):
            try:
                return attempt()
            except SandboxError:
                continue
        return attempt()

    def _expected(self, unit: Unit) -> int:
        return self.expected_checks.get(unit.problem.digest(), 1)

    def _run(self, spec: LanguageSpec, unit: Unit, made: Built) -> Verdict:
        assert made.folder is not None
        secret = secrets.token_hex(16).encode()
        limits = self._limits_of(spec)
        if spec.style is Style.PAIR and spec.run_answer is not None:
            first = _command(spec.run(unit, self._harness), made.folder / "judge", limits, secret)
            second = _command(
                spec.run_answer(unit, self._harness), made.folder / "answer", limits, None
            )
            judge_result, answer_result = self._sandbox.run_pair(first, second)
        else:
            command = _command(spec.run(unit, self._harness), made.folder, limits, secret)
            judge_result, answer_result = self._sandbox.run(command), None
        return judge(
            judge_result=judge_result,
            answer_result=answer_result,
            secret=secret,
            limits=limits,
            expected_checks=self._expected(unit),
            compile_cpu_seconds=made.cpu_seconds,
        )

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


def _command(call: Invocation, folder: Path, limits: Limits, secret: bytes | None) -> Command:
    return Command(
        argv=call.argv,
        directory=folder,
        readable=call.readable,
        env=call.env,
        secret=secret,
        limits=limits,
    )


def _not_found_out(error: SandboxError) -> Verdict:
    return Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR, message=str(error)[:MESSAGE_LENGTH])
