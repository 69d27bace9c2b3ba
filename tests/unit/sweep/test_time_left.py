"""Time left in a sweep, from the work that the present run has done."""

from __future__ import annotations

import pytest

from codem_ray.sweep.time_left import TimeLeft, percent_done, share_done
from codem_ray.sweep.trial_status import TrialState, TrialStatus


def trial(name: str, stage: str = "", done: int = 0, **changes: object) -> TrialStatus:
    fields: dict[str, object] = {"state": TrialState.RUNNING if stage else TrialState.WAITING}
    if stage == "train":
        fields |= {"step": done}
    elif stage:
        fields |= {"problems_done": done, "problems_total": 10}
    return TrialStatus(trial_id=name, stage=stage, **fields | {"steps": 10} | changes)  # type: ignore[arg-type]


def test_the_share_grows_through_the_stages_and_is_whole_at_the_end() -> None:
    order = [
        trial("a"),
        trial("a", "train", 5),
        trial("a", "train", 10),
        trial("a", "loss", 5),
        trial("a", "generate", 5),
        trial("a", "execute", 9),
        trial("a", "track"),
        trial("a", state=TrialState.DONE),
    ]
    shares = [share_done(status) for status in order]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert share_done(trial("base", "generate", 5, steps=0)) == pytest.approx(0.475)
    assert share_done(trial("a", state=TrialState.FAILED)) == 1.0


def test_there_is_an_estimate_from_the_first_steps_on() -> None:
    left = TimeLeft(started_at=100.0)
    assert left.seconds([trial("a"), trial("b")], 100.0) is None
    # A quarter of one of two trials in 50 s.
    half = [trial("a", "train", 5, steps=13), trial("b")]
    assert left.seconds(half, 150.0) == pytest.approx(50 / 0.25 * 1.75)
    done = [trial("a", state=TrialState.DONE), trial("b", state=TrialState.DONE)]
    assert left.seconds(done, 200.0) is None


def test_what_earlier_runs_have_done_counts_as_no_speed() -> None:
    left = TimeLeft(started_at=0.0)
    done = trial("a", state=TrialState.DONE)
    assert left.seconds([done, trial("b"), trial("c")], 0.0) is None
    b = trial("b", state=TrialState.DONE)
    assert left.seconds([done, b, trial("c")], 60.0) == pytest.approx(60.0)
    assert percent_done([done, b, trial("c")]) == pytest.approx(100 * 2 / 3)


def test_a_trial_that_starts_again_does_not_make_time_negative() -> None:
    left = TimeLeft(started_at=0.0)
    assert left.seconds([trial("a", "train", 9), trial("b")], 0.0) is None
    found = left.seconds([trial("a", "train", 1), trial("b", "train", 5)], 10.0)
    assert found is not None
    assert found > 0
