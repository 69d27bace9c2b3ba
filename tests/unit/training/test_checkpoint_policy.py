"""When checkpoints are due."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.training.checkpoint_policy import MAX_BLOCKED_SHARE, is_step_due, is_time_due


def test_checkpoints_by_steps_are_due_at_multiples() -> None:
    training = TrainingConfig(checkpoint_every_steps=4)
    assert [step for step in range(1, 10) if is_step_due(step, training)] == [4, 8]
    assert not is_step_due(4, TrainingConfig())


def is_due(training: TrainingConfig, seconds: float, **changes: float) -> bool:
    times = {"seconds_since_last": seconds, "blocked_seconds": 0.0, "last_blocked_seconds": 0.0}
    return is_time_due(training, seconds=seconds, **(times | changes))


@pytest.mark.parametrize(("seconds", "expected"), [(119, False), (120, True)])
def test_checkpoints_by_the_clock_are_due_after_the_minutes(seconds: float, expected: bool) -> None:
    assert is_due(TrainingConfig(checkpoint_minutes=2), seconds) is expected


def test_without_minutes_none_is_due_by_the_clock() -> None:
    assert not is_due(TrainingConfig(checkpoint_minutes=None), 1e9)


@pytest.mark.parametrize("blocked", [0.5, 30.0, 600.0])
def test_checkpoints_by_the_clock_never_take_more_than_their_share(blocked: float) -> None:
    training = TrainingConfig(checkpoint_minutes=1)
    now, last, count = 0.0, 0.0, 0
    while now < 100_000:
        now += 1
        if is_due(
            training,
            now,
            seconds_since_last=now - last,
            blocked_seconds=count * blocked,
            last_blocked_seconds=blocked if count else 0.0,
        ):
            now += blocked
            last, count = now, count + 1
            # Of the first one it is not known how long it will take.
            assert count == 1 or count * blocked <= MAX_BLOCKED_SHARE * now
    assert count > 5
