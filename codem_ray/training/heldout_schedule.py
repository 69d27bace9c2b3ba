"""The steps at which a fine-tune measures its held-out loss, and the rule of its early stop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

MAX_EVALUATIONS = 5
"""Evaluations of a training where the sweep file gives no number of steps."""
MAX_SHARE = 0.05
"""Share of the training's time that they may take then; one is made in any case."""
_TRAINING_PASSES = 3
"""Cost of a row in training, in forward passes: the backward pass costs two."""


def evaluation_steps(
    steps: int, *, every: int | None, training_rows: int, heldout_rows: int
) -> frozenset[int]:
    """Return the steps after which the loss of all languages is measured; the last is one of them.

    Without `every` they are evenly spaced, and as many as cost at most MAX_SHARE of the training.
    Both numbers of rows are packed rows of one length, those of training over all steps.
    """
    if every is not None:
        return frozenset((*range(every, steps, every), steps))
    allowed = MAX_SHARE * _TRAINING_PASSES * training_rows / max(1, heldout_rows)
    count = min(steps, max(1, min(MAX_EVALUATIONS, math.floor(allowed))))
    return frozenset(math.ceil(number * steps / count) for number in range(1, count + 1))


def compared_steps(steps: int, shares: Iterable[float]) -> frozenset[int]:
    """Return the steps after which a search compares trials; `shares` are those of all steps."""
    found = (math.ceil(round(share * steps, 9)) for share in shares)
    return frozenset(step for step in found if 0 < step < steps)


def is_out_of_patience(losses: Sequence[float], patience: int | None) -> bool:
    """Whether none of the last `patience` losses is lower than all before; None: never."""
    if patience is None or len(losses) <= patience:
        return False
    return min(losses[-patience:]) >= min(losses[:-patience])
