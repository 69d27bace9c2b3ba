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
    training: TrainingConfig, *, seconds_since_last: float, blocked_seconds: float
) -> bool:
    """Whether a checkpoint is due by the clock.

    Args:
        training: Its `checkpoint_minutes`, after which one is due.
        seconds_since_last: Seconds since the end of the last one, or since the first step.
        blocked_seconds: Seconds for which the last one kept the training from going on. If that
            was long, the next one is due later, so that training spends at most
            `MAX_BLOCKED_SHARE` of its time on them.
    """
    minutes = training.checkpoint_minutes
    if minutes is None:
        return False
    pause = blocked_seconds * (1 - MAX_BLOCKED_SHARE) / MAX_BLOCKED_SHARE
    return seconds_since_last >= max(60 * minutes, pause)
