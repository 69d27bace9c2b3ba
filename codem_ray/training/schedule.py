"""Steps, batches and learning rates of a fine-tune, as pure functions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codem_ray.config import TrainingConfig
from codem_ray.config.training_section import SCHEDULE_OPTIONS


def total_steps(rows: int, training: TrainingConfig) -> int:
    """Return the number of optimizer steps for `epochs` passes over `rows` packed rows."""
    return max(1, math.ceil(round(training.epochs * rows / training.batch_sequences, 9)))


def lr_at(step: int, steps: int, training: TrainingConfig) -> float:
    """Return the learning rate of step `step`, counted from 0, of `steps`."""
    peak, warmup = training.learning_rate, training.warmup_steps
    if step < warmup:
        return peak * (step + 1) / warmup
    options = SCHEDULE_OPTIONS.get(training.schedule, {}) | training.schedule_options
    decay = _DECAYS[training.schedule]
    return decay(peak, step - warmup, max(1, steps - warmup), **options)


def _cosine(peak: float, step: int, steps: int) -> float:
    return peak * 0.5 * (1 + math.cos(math.pi * (step / steps)))


def _linear(peak: float, step: int, steps: int) -> float:
    return peak * (1 - step / steps)


def _constant(peak: float, step: int, steps: int) -> float:
    return peak


def _cosine_with_min_lr(peak: float, step: int, steps: int, *, min_lr_rate: float) -> float:
    return peak * min_lr_rate + (1 - min_lr_rate) * _cosine(peak, step, steps)


def _cosine_with_restarts(peak: float, step: int, steps: int, *, num_cycles: float) -> float:
    return peak * 0.5 * (1 + math.cos(math.pi * (step / steps * num_cycles % 1)))


def _polynomial(peak: float, step: int, steps: int, *, power: float, lr_end: float) -> float:
    return lr_end + (peak - lr_end) * math.pow(1 - step / steps, power)


def _inverse_sqrt(peak: float, step: int, steps: int, *, timescale: float) -> float:
    return peak / math.sqrt(1 + step / timescale)


def _warmup_stable_decay(
    peak: float, step: int, steps: int, *, decay_share: float, min_lr_ratio: float
) -> float:
    num_decay = max(1, round(decay_share * steps))
    decayed = _cosine(peak, max(0, step - (steps - num_decay)), num_decay)
    return peak * min_lr_ratio + (1 - min_lr_ratio) * decayed


_DECAYS: dict[str, Callable[..., float]] = {
    "cosine": _cosine,
    "linear": _linear,
    "constant": _constant,
    "cosine_with_min_lr": _cosine_with_min_lr,
    "cosine_with_restarts": _cosine_with_restarts,
    "polynomial": _polynomial,
    "inverse_sqrt": _inverse_sqrt,
    "warmup_stable_decay": _warmup_stable_decay,
}
"""Learning rate of a step after the warm-up, counted from there, of so many steps after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One optimizer step."""

    phase: int
    """Place in the sequence of sources; 0 for a single source."""
    lr: float
    rows: tuple[int, ...]
    """Rows of the global batch, by their number in the phase's tokens."""


def epoch_order(rows: int, *, seed: int, phase: int, epoch: int) -> list[int]:
    """Return the row numbers of one epoch in their seeded order."""
    order = list(range(rows))
    random.Random(f"{seed}/{phase}/{epoch}").shuffle(order)
    return order


def steps_of(
    phase_rows: tuple[int, ...], training: TrainingConfig, *, seed: int, start: int = 0
) -> Iterator[Step]:
    """Yield every step from `start` on.

    A batch may cross from one epoch into the next; each epoch has its own order. The order does
    not depend on the number of workers or the micro-batch size. Each phase has its own warm-up and
    decay.
    """
    first = 0
    batch = training.batch_sequences
    for phase, rows in enumerate(phase_rows):
        steps = total_steps(rows, training)
        orders: dict[int, list[int]] = {}
        for step in range(max(0, start - first), steps):
            places = range(step * batch, (step + 1) * batch)
            epochs = {place // rows for place in places}
            orders = {
                epoch: orders.get(epoch) or epoch_order(rows, seed=seed, phase=phase, epoch=epoch)
                for epoch in epochs
            }
            chosen = tuple(orders[place // rows][place % rows] for place in places)
            yield Step(phase=phase, lr=lr_at(step, steps, training), rows=chosen)
        first += steps


def rows_of_rank(
    rows: tuple[int, ...], *, rank: int, world_size: int, micro: int
) -> list[tuple[int, ...]]:
    """Return the micro-batches of one rank; ranks take turns along the global batch."""
    return [
        rows[place : place + micro] for place in range(rank * micro, len(rows), world_size * micro)
    ]
