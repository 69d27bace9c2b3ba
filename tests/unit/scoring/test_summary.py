"""Scores of a file of completions: denominators, groups, samples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.analysis import wilson
from codem_ray.benchmarks import resolve
from codem_ray.records import Outcome
from codem_ray.scoring.problem_index import ProblemIndex
from codem_ray.scoring.scored_rows import ScoredSample
from codem_ray.scoring.summary import summarise
from codem_ray.scoring.survey import Survey

SPEC, PROBLEMS = resolve("starter-full-python")


def one(task_id: str, outcome: Outcome = Outcome.PASSED, sample: int = 0) -> ScoredSample:
    return ScoredSample(
        task_id=task_id,
        sample=sample,
        outcome=outcome,
        wrong_language=None,
        completion_digest="",
    )


def surveyed(scored: list[ScoredSample]) -> Survey:
    samples = {s.task_id: sum(t.task_id == s.task_id for t in scored) for s in scored}
    return Survey(samples=samples, beyond_limit=0)


def test_problems_of_a_group_are_resampled_together() -> None:
    scored = [
        one(problem.task_id, Outcome.PASSED if at % 3 else Outcome.WRONG_ANSWER)
        for at, problem in enumerate(PROBLEMS)
    ]
    grouped = summarise(scored, ProblemIndex(SPEC, PROBLEMS), surveyed(scored), [1]).pass_at_k[1]
    alone = [replace(problem, group="") for problem in PROBLEMS]
    free = summarise(scored, ProblemIndex(SPEC, alone), surveyed(scored), [1]).pass_at_k[1]
    assert grouped is not None
    assert free is not None
    assert grouped.pass_at_k == free.pass_at_k
    assert (free.ci_low, free.ci_high) == wilson(72, 108)
    assert grouped.ci_low != free.ci_low


def test_quarantined_problems_are_in_no_denominator_and_are_named() -> None:
    problems = [replace(PROBLEMS[0], quarantine="wrong"), *PROBLEMS[1:3]]
    scored = [one(problem.task_id) for problem in problems]
    scored[0] = one(problems[0].task_id, Outcome.WRONG_ANSWER)
    score = summarise(scored, ProblemIndex(SPEC, problems), surveyed(scored), [1])
    assert score.pass_at_k[1] is not None
    assert (score.pass_at_k[1].pass_at_k, score.pass_at_k[1].problems) == (1.0, 2)
    assert score.quarantined == {problems[0].task_id: "wrong"}
    assert not score.is_incomplete


def test_infrastructure_errors_are_not_failures_of_the_model() -> None:
    first, second = PROBLEMS[:2]
    scored = [
        one(first.task_id, Outcome.INFRASTRUCTURE_ERROR),
        one(first.task_id, Outcome.PASSED, 1),
        one(second.task_id, Outcome.PASSED),
        one(second.task_id, Outcome.WRONG_ANSWER, 1),
    ]
    score = summarise(scored, ProblemIndex(SPEC, PROBLEMS[:2]), surveyed(scored), [1, 2])
    assert score.pass_at_k[1] is not None
    assert score.pass_at_k[2] is not None
    assert score.pass_at_k[1].pass_at_k == pytest.approx(0.75)
    # The first problem has only one verdict.
    assert (score.pass_at_k[2].pass_at_k, score.pass_at_k[2].problems) == (1.0, 1)
    assert score.infrastructure_errors == 1
    assert score.is_incomplete
