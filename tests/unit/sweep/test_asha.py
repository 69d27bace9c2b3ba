"""Which settings go on at a rung."""

from __future__ import annotations

import math
from collections.abc import Sequence

from codem_ray.config import SearchConfig
from codem_ray.sweep.asha import AshaRule, Judge, is_among_best
from codem_ray.sweep.search_metric import search_loss

RULE = AshaRule(grace_period=0.1, reduction_factor=3)
PYTHON, JAVA = ("python", 0), ("java", 0)


def curve(losses: Sequence[float]) -> list[dict[str, float]]:
    return [{"step": step, "loss": loss} for step, loss in enumerate(losses, start=1)]


def judge(**brackets: tuple[str, int]) -> Judge:
    return Judge(rule=RULE, brackets=brackets)


def test_rungs_grow_by_the_factor_and_leave_the_last_step_out() -> None:
    assert RULE.rungs(100) == (10, 30, 90)
    assert RULE.rungs(3) == (1,) or RULE.rungs(3) == (1, 3)[:1]
    assert AshaRule.of(SearchConfig()) is None


def test_the_limit_is_that_of_ray_tune() -> None:
    assert is_among_best(9.0, [], 3)
    assert is_among_best(1.0, [1.0, 2.0, 3.0, 4.0], 3)
    assert is_among_best(2.0, [1.0, 2.0, 3.0, 4.0], 3)
    assert not is_among_best(2.1, [1.0, 2.0, 3.0, 4.0], 3)
    assert not is_among_best(math.nan, [], 3)
    assert is_among_best(5.0, [math.nan], 3)


def test_the_first_trial_goes_on_and_a_worse_one_stops_at_the_first_rung() -> None:
    asha = judge(a=PYTHON, b=PYTHON, c=PYTHON)
    assert asha.decide("a", 20, curve([2.0, 2.0])) == ""
    reason = asha.decide("b", 20, curve([3.0, 3.0]))
    assert "at step 2 of 20 its loss 3 " in reason
    assert "best: 2" in reason
    assert asha.decide("c", 20, curve([1.0, 1.0])) == ""


def test_trials_of_other_sources_and_seeds_are_not_compared() -> None:
    asha = judge(a=PYTHON, b=JAVA, c=("python", 1))
    assert asha.decide("a", 20, curve([1.0, 1.0])) == ""
    assert asha.decide("b", 20, curve([9.0, 9.0])) == ""
    assert asha.decide("c", 20, curve([9.0, 9.0])) == ""


def test_several_rungs_in_one_report_are_compared_one_after_the_other() -> None:
    asha = judge(a=PYTHON, b=PYTHON)
    assert asha.decide("a", 10, curve([3.0, 2.0, 1.0])) == ""
    assert "at step 3 of 10" in asha.decide("b", 10, curve([2.0, 5.0, 9.0]))


def test_a_rung_is_compared_once_for_a_trial_that_is_tried_again() -> None:
    asha = judge(a=PYTHON, b=PYTHON)
    assert asha.decide("b", 20, curve([3.0, 3.0])) == ""
    assert asha.decide("a", 20, curve([1.0, 1.0])) == ""
    assert asha.decide("b", 20, curve([3.0, 3.0])) == ""


def test_losses_of_an_earlier_run_count_at_the_rungs_that_were_reached() -> None:
    asha = judge(a=PYTHON, b=PYTHON)
    asha.learn("a", 20, curve([1.0, 1.0]))
    assert asha.decide("b", 20, curve([2.0, 2.0])) != ""


def test_rungs_are_shares_of_a_trial_s_own_steps() -> None:
    asha = judge(a=PYTHON, b=PYTHON)
    assert asha.decide("a", 20, curve([2.0, 1.0])) == ""
    assert asha.decide("b", 40, curve([2.0, 1.0, 1.0])) == ""
    assert asha.decide("b", 40, curve([2.0, 1.0, 1.0, 9.0])) != ""


def test_the_loss_on_held_out_pairs_goes_before_that_of_training() -> None:
    points = curve([3.0, 2.0, 1.0])
    assert search_loss(points) == 2.0
    assert search_loss(points, step=1) == 3.0
    points[1]["heldout_loss"] = 2.5
    assert search_loss(points) == 2.5
    assert search_loss(points, step=1) == 3.0
    assert search_loss([]) is None
