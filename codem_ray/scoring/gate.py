"""The reference gate: references must pass and broken controls must fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from codem_ray.analysis.scores import UNJUDGED
from codem_ray.benchmarks import benchmark_digest
from codem_ray.errors import ReferenceGateError
from codem_ray.execution.executor import Executor
from codem_ray.execution.pages import needs_browser
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring.gate_report import (
    Failure,
    FlakyProgram,
    GateReport,
    Survivor,
    gate_key,
    read_gate,
    write_gate,
)
from codem_ray.scoring.judging import Advance, Execute, with_progress
from codem_ray.scoring.mutations import Mutant, mutants
from codem_ray.scoring.sentinel_gate import SentinelResults, run_sentinels

T = TypeVar("T")

ExecuteRepeatedly = Callable[[Sequence[Job]], list[list[Verdict]]]
"""Build each job's program once and run it several times; return the verdicts of its runs."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A reference or broken control with the verdicts of its runs."""

    problem: Problem
    verdicts: Sequence[Verdict]
    verdict: Verdict
    """The verdict that counts."""
    is_control: bool


def validate_benchmark(
    problems: Sequence[Problem],
    execute: Execute,
    *,
    mutants_per_problem: int = 0,
    with_sentinels: bool = False,
    execute_repeatedly: ExecuteRepeatedly | None = None,
) -> GateReport:
    """Run references, broken controls, mutants of the references, and sentinels.

    Args:
        problems: All problems of one benchmark, including quarantined ones.
        execute: Executes jobs and returns one verdict for each, in order.
        mutants_per_problem: Wrong solutions made from each reference that passes.
        with_sentinels: Also run answers that are wrong for every problem.
        execute_repeatedly: Used for references and controls instead of `execute`.
    """
    repeat = execute_repeatedly or (lambda jobs: [[verdict] for verdict in execute(jobs)])
    references = [
        _Run(problem, verdicts, _worst_of_reference(verdicts), is_control=False)
        for (problem, _), verdicts in _execute(
            repeat, [(p, p.reference) for p in problems if p.reference is not None], is_proof=True
        )
    ]
    passed = [run for run in references if run.verdict.outcome is Outcome.PASSED]
    expected_checks = {run.problem.digest(): run.verdict.checks_done for run in passed}

    def passes(problem: Problem, verdict: Verdict) -> bool:
        # The executor judges in the same way once it knows these counts.
        has_all_checks = verdict.checks_done >= expected_checks.get(problem.digest(), 0)
        return verdict.outcome is Outcome.PASSED and has_all_checks

    controls = [
        _Run(problem, verdicts, _worst_of_control(problem, verdicts, passes), is_control=True)
        for (problem, _), verdicts in _execute(
            repeat,
            [(p, broken) for p in problems if p.quarantine is None for broken in p.broken],
            is_proof=True,
        )
    ]
    counted = [run for run in references if run.problem.quarantine is None]
    counted_passed = [run.problem for run in passed if run.problem.quarantine is None]
    mutated = [
        (problem, mutant)
        for problem in counted_passed
        for mutant in mutants(problem.reference or "", problem.language, limit=mutants_per_problem)
    ]
    mutant_verdicts = [
        verdict for _, verdict in _execute(execute, [(p, mutant.text) for p, mutant in mutated])
    ]
    sentinels = run_sentinels(problems, execute, passes) if with_sentinels else SentinelResults()
    mutated_ids = {problem.task_id for problem, _ in mutated}
    runs = [*references, *controls]
    return GateReport(
        benchmark=problems[0].benchmark,
        benchmark_digest=benchmark_digest(problems),
        problems=len(problems),
        references_passed=len(counted_passed),
        references_failed=tuple(
            _failure(run)
            for run in counted
            if run.verdict.outcome not in (Outcome.PASSED, *UNJUDGED)
        ),
        not_run=tuple(_failure(run) for run in counted if run.verdict.outcome in UNJUDGED),
        without_reference=len(problems) - len(references),
        quarantined={p.task_id: p.quarantine for p in problems if p.quarantine is not None},
        quarantined_passed=tuple(
            run.problem.task_id for run in passed if run.problem.quarantine is not None
        ),
        controls_failed=sum(
            run.verdict.outcome not in UNJUDGED and not passes(run.problem, run.verdict)
            for run in controls
        ),
        controls_passed=tuple(
            dict.fromkeys(
                run.problem.task_id for run in controls if passes(run.problem, run.verdict)
            )
        ),
        controls_not_run=_count(controls, Outcome.INFRASTRUCTURE_ERROR),
        controls_absent=_count(controls, Outcome.NOT_RUN),
        mutants_killed=sum(
            verdict.outcome not in UNJUDGED and not passes(problem, verdict)
            for (problem, _), verdict in zip(mutated, mutant_verdicts, strict=True)
        ),
        mutants_not_run=sum(verdict.outcome in UNJUDGED for verdict in mutant_verdicts),
        without_mutant=tuple(
            problem.task_id
            for problem in counted_passed
            if mutants_per_problem and problem.task_id not in mutated_ids
        ),
        survivors=tuple(
            _survivor(problem, mutant)
            for (problem, mutant), verdict in zip(mutated, mutant_verdicts, strict=True)
            if passes(problem, verdict)
        ),
        sentinels_failed=sentinels.failed,
        sentinels_passed=sentinels.passed,
        sentinels_not_run=sentinels.num_not_run,
        without_sentinel=sentinels.without,
        expected_checks=expected_checks,
        runs=max((len(run.verdicts) for run in runs), default=1),
        flaky=tuple(
            FlakyProgram(task_id=run.problem.task_id, is_control=run.is_control, outcomes=outcomes)
            for run in runs
            if len(outcomes := dict(Counter(str(verdict.outcome) for verdict in run.verdicts))) > 1
        ),
        compile_cpu_seconds=sum(run.verdicts[0].compile_cpu_seconds for run in runs),
        run_cpu_seconds=sum(verdict.run_cpu_seconds for run in runs for verdict in run.verdicts),
    )


def require_references(problems: Sequence[Problem], executor: Executor, advance: Advance) -> None:
    """Run the gate on an executor, which then fails answers with fewer checks than the reference.

    A report that this machine keeps from an earlier call with the same problems, toolchain and code
    is used in place of a run, if the executor uses caches.

    Raises:
        ReferenceGateError: the gate failed.
    """
    if not problems:
        return
    spec, uses_browser = language(problems[0].language), any(map(needs_browser, problems))
    digest = toolchain_digest(spec, uses_browser=uses_browser)
    key = gate_key(problems, digest, sandbox=executor.sandbox_name)
    report = read_gate(key) if executor.uses_cache else None
    if report is None:
        report = validate_benchmark(problems, with_progress(executor, advance))
        write_gate(key, report)
    executor.expected_checks.update(report.expected_checks)


def _worst_of_reference(verdicts: Sequence[Verdict]) -> Verdict:
    """Return a run that did not pass, else the passing run with the fewest checks."""
    failures = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASSED]
    if not failures:
        return min(verdicts, key=lambda verdict: verdict.checks_done)
    passed = len(verdicts) - len(failures)
    note = f"passed {passed} of {len(verdicts)} runs, else: " if passed else ""
    return replace(failures[0], message=note + failures[0].message)


def _worst_of_control(
    problem: Problem, verdicts: Sequence[Verdict], passes: Callable[[Problem, Verdict], bool]
) -> Verdict:
    """Return a run that passed, else one without a verdict, else the first."""
    passed = [verdict for verdict in verdicts if passes(problem, verdict)]
    unjudged = [verdict for verdict in verdicts if verdict.outcome in UNJUDGED]
    return [*passed, *unjudged, *verdicts][0]


def _execute(
    execute: Callable[[Sequence[Job]], list[T]],
    solutions: Sequence[tuple[Problem, str]],
    *,
    is_proof: bool = False,
) -> list[tuple[tuple[Problem, str], T]]:
    """Run solutions, which follow the prompts of their problems; return each with its verdict."""
    if not solutions:
        return []
    verdicts = execute(
        [
            Job(problem=problem, answer=whole_answer(problem, text), is_proof=is_proof)
            for problem, text in solutions
        ]
    )
    if len(verdicts) != len(solutions):
        raise ReferenceGateError(
            f"{len(solutions)} answers were executed, {len(verdicts)} verdicts came back"
        )
    return list(zip(solutions, verdicts, strict=True))


def _count(runs: Sequence[_Run], outcome: Outcome) -> int:
    return sum(run.verdict.outcome is outcome for run in runs)


def _failure(run: _Run) -> Failure:
    return Failure(
        task_id=run.problem.task_id, outcome=run.verdict.outcome, message=run.verdict.message
    )


def _survivor(problem: Problem, mutant: Mutant) -> Survivor:
    return Survivor(
        task_id=problem.task_id,
        mutation=mutant.name,
        # A mutant's lines are those of the reference, which follows the prompt.
        line=mutant.line + problem.prompt.count("\n"),
        before=mutant.before,
        after=mutant.after,
    )
