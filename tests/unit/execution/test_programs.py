"""Jobs are reduced to distinct programs, whose verdicts are mapped back to the jobs."""

from __future__ import annotations

from dataclasses import replace

from codem_ray.execution.programs import DistinctPrograms
from codem_ray.records import Job, Outcome, Problem, Verdict

PROBLEM = Problem(
    benchmark="b", task_id="b/0", language="python", prompt="", instruction="", tests="t"
)
OTHER = replace(PROBLEM, tests="other")


def _job(answer: str | None, problem: Problem = PROBLEM, *, is_proof: bool = False) -> Job:
    return Job(problem=problem, answer=answer, is_proof=is_proof)


def test_equal_answers_to_one_problem_are_one_program() -> None:
    programs = DistinctPrograms([_job("a"), _job("a"), _job("b"), _job("a", OTHER), _job(None)])
    assert [(unit.name, unit.answer) for unit in programs.units.values()] == [
        ("u0", "a"),
        ("u1", "b"),
        ("u2", "a"),
    ]


def test_only_the_first_job_of_a_program_has_a_verdict_that_is_not_cached() -> None:
    programs = DistinctPrograms([_job("a"), _job(None), _job("b"), _job("a")])
    a, b = programs.units
    verdicts = programs.in_order(
        {
            a: Verdict(outcome=Outcome.PASSED),
            b: Verdict(outcome=Outcome.TIMEOUT, is_cached=True),
        }
    )
    assert [(verdict.outcome, verdict.is_cached) for verdict in verdicts] == [
        (Outcome.PASSED, False),
        (Outcome.NO_ANSWER, False),
        (Outcome.TIMEOUT, True),
        (Outcome.PASSED, True),
    ]


def test_a_program_is_a_proof_if_one_of_its_jobs_is() -> None:
    programs = DistinctPrograms([_job("a"), _job("a", is_proof=True), _job("b")])
    assert [key.answer for key in programs.proofs] == ["a"]


def test_progress_counts_every_job_once() -> None:
    seen: list[int] = []
    programs = DistinctPrograms([_job("a"), _job(None), _job("b"), _job("a")], seen.append)
    a, b = programs.units
    programs.report([None])
    programs.report([b])
    programs.report([])
    programs.report([a])
    assert seen == [1, 1, 2]
