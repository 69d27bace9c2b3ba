"""Actors that trials share: slots that are given back, and verdicts that are reused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from codem_ray.errors import ResourceError
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.runtime.actors import VerdictCache
from codem_ray.runtime.slots import Slots

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]


def job(answer: str | None) -> Job:
    problem = Problem(
        benchmark="b", task_id="b/0", language="python", prompt="", instruction="", tests="t"
    )
    return Job(problem=problem, answer=answer)


class Runner:
    """Judges an answer by its text and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def __call__(self, jobs: Sequence[Job], progress: Callable[[int], None]) -> list[Verdict]:
        self.asked += [one.answer for one in jobs]
        progress(len(jobs))
        return [Verdict(outcome=Outcome(one.answer or "no_answer")) for one in jobs]


def test_equal_programs_run_once_and_what_is_unsettled_runs_again() -> None:
    cache, runner, done = VerdictCache(), Runner(), []
    jobs = [job("passed"), job(None), job("not_run"), job("timeout")]
    first = cache.execute(jobs, runner, done.append)
    again = cache.execute(list(reversed(jobs)), runner, done.append)
    assert [v.outcome for v in first] == ["passed", "no_answer", "not_run", "timeout"]
    assert [v.outcome for v in again] == ["timeout", "not_run", "no_answer", "passed"]
    assert runner.asked == ["passed", None, "not_run", "timeout", "not_run", None]
    assert [v.is_cached for v in again] == [True, False, False, True]
    assert sum(done) == 8


def test_a_slot_is_waited_for_kept_by_its_trial_and_given_back() -> None:
    slots = Slots("training", 1)
    with slots.holding("a", timeout_seconds=5):
        with slots.holding("a", timeout_seconds=5):
            pass
        with slots.holding("a", timeout_seconds=5), pytest.raises(ResourceError, match="b waited"):
            slots.holding("b", timeout_seconds=0.1).__enter__()
    with slots.holding("b", timeout_seconds=5):
        slots.release("b")
        with slots.holding("c", timeout_seconds=5):
            pass
