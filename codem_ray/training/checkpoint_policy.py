"""When a checkpoint is due, as pure functions."""

from __future__ import annotations

from codem_ray.config import TrainingConfig

MAX_BLOCKED_SHARE = 0.05
"""Largest share of training time that checkpoints by the clock may take."""


def is_step_due(step: int, training: TrainingConfig) -> bool:
    """Whether a checkpoint is due because of the number of steps that are done."""
    every = training.checkpoint_every_steps
    return every is not None and step % every == 0


def is_time_due(
    training: TrainingConfig,
    *,
    seconds_since_last: float,
    seconds: float,
    blocked_seconds: float,
    last_blocked_seconds: float,
) -> bool:
    """Whether a checkpoint is due by the clock.

    Args:
        training: Its `checkpoint_minutes`, after which one is due.
        seconds_since_last: Seconds since the end of the last one, or since the first step.
        seconds: Seconds since the first step.
        blocked_seconds: Seconds of these for which checkpoints kept the training from going on.
        last_blocked_seconds: The same of the last one. The next one waits until it fits into
            `MAX_BLOCKED_SHARE` of the time, if it takes as long.
    """
    minutes = training.checkpoint_minutes
    if minutes is None or seconds_since_last < 60 * minutes:
        return False
    return blocked_seconds + last_blocked_seconds <= MAX_BLOCKED_SHARE * seconds
