"""The course of steps and learning rate through a fine-tune, as pure functions."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from codem_ray.config import TrainingConfig


def total_steps(rows: int, training: TrainingConfig) -> int:
    """Return the optimizer steps that `epochs` passes over `rows` packed sequences take."""
    return max(1, math.ceil(round(training.epochs * rows / training.batch_sequences, 9)))


def lr_at(step: int, steps: int, training: TrainingConfig) -> float:
    """Return the learning rate of step `step` (from 0) of `steps`."""
    peak, warmup = training.learning_rate, training.warmup_steps
    if step < warmup:
        return peak * (step + 1) / warmup
    if training.schedule == "constant":
        return peak
    progress = (step - warmup) / max(1, steps - warmup)
    if training.schedule == "linear":
        return peak * (1 - progress)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStep:
    """One optimizer step: which stage it belongs to and which rows its global batch holds."""

    stage: int
    lr: float
    rows: tuple[int, ...]
    """Row numbers in the stage's tokens, in the order of the global batch."""


def epoch_order(rows: int, *, seed: int, stage: int, epoch: int) -> list[int]:
    """Return the rows of one epoch in its seeded order."""
    order = list(range(rows))
    random.Random(f"{seed}/{stage}/{epoch}").shuffle(order)
    return order


def steps_of(
    stage_rows: tuple[int, ...], training: TrainingConfig, *, seed: int, start: int = 0
) -> Iterator[StageStep]:
    """Yield every step from `start` on; batches wrap over epochs, each with its own order.

    The order knows nothing of workers or micro-batches. Each stage of a sequence has its own
    warm-up and decay.
    """
    first = 0
    batch = training.batch_sequences
    for stage, rows in enumerate(stage_rows):
        steps = total_steps(rows, training)
        orders: dict[int, list[int]] = {}
        for step in range(max(0, start - first), steps):
            places = range(step * batch, (step + 1) * batch)
            needed = {place // rows for place in places}
            orders = {
                epoch: orders.get(epoch) or epoch_order(rows, seed=seed, stage=stage, epoch=epoch)
                for epoch in sorted(needed)
            }
            chosen = tuple(orders[place // rows][place % rows] for place in places)
            yield StageStep(stage=stage, lr=lr_at(step, steps, training), rows=chosen)
        first += steps


def rows_of_rank(
    rows: tuple[int, ...], *, rank: int, world_size: int, micro: int
) -> list[tuple[int, ...]]:
    """Return the micro-batches of one rank, taken from the global batch in turn."""
    return [
        rows[place : place + micro] for place in range(rank * micro, len(rows), world_size * micro)
    ]
