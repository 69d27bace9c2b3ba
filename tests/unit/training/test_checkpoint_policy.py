"""When checkpoints are due."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.training.checkpoint_policy import MAX_BLOCKED_SHARE, is_step_due, is_time_due


def test_checkpoints_by_steps_are_due_at_multiples() -> None:
    training = TrainingConfig(checkpoint_every_steps=4)
    assert [step for step in range(1, 10) if is_step_due(step, training)] == [4, 8]
    assert not is_step_due(4, TrainingConfig())


@pytest.mark.parametrize(("seconds", "is_due"), [(119, False), (120, True)])
def test_checkpoints_by_the_clock_are_due_after_the_minutes(seconds: float, is_due: bool) -> None:
    training = TrainingConfig(checkpoint_minutes=2)
    assert is_time_due(training, seconds_since_last=seconds, blocked_seconds=0) is is_due


def test_without_minutes_none_is_due_by_the_clock() -> None:
    training = TrainingConfig(checkpoint_minutes=None)
    assert not is_time_due(training, seconds_since_last=1e9, blocked_seconds=0)


@pytest.mark.parametrize("blocked", [0.5, 30.0, 600.0])
def test_checkpoints_by_the_clock_never_take_more_than_their_share(blocked: float) -> None:
    training = TrainingConfig(checkpoint_minutes=1)
    seconds = next(s for s in range(10**6) if _is_due(training, s, blocked))
    assert blocked / (seconds + blocked) <= MAX_BLOCKED_SHARE


def _is_due(training: TrainingConfig, seconds: float, blocked: float) -> bool:
    return is_time_due(training, seconds_since_last=seconds, blocked_seconds=blocked)
