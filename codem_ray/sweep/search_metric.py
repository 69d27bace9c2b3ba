"""The loss by which a search compares the settings of a source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from codem_ray.training.training_spec import HELDOUT_LOSS

MEAN_OF_STEPS = 10
"""Kept steps over which the training loss is averaged, where no held-out loss is measured."""


def search_loss(curve: Iterable[Mapping[str, Any]], *, step: int | None = None) -> float | None:
    """Return the loss of a training up to a step; None before the first step.

    That is the last loss on held-out pairs of the source's own languages or, where none is
    measured, the mean of the last losses on training batches. NaN if training has diverged.
    """
    points = [point for point in curve if step is None or int(point["step"]) <= step]
    held_out = [point[HELDOUT_LOSS] for point in points if point.get(HELDOUT_LOSS) is not None]
    if held_out:
        return float(held_out[-1])
    losses = [float(point["loss"]) for point in points if point.get("loss") is not None]
    last = losses[-MEAN_OF_STEPS:]
    return math.fsum(last) / len(last) if last else None


def metric_name(curve: Iterable[Mapping[str, Any]]) -> str:
    """Return the name of the loss that `search_loss` takes from a curve."""
    return "held-out loss" if any(HELDOUT_LOSS in point for point in curve) else "training loss"
