"""Losses of each cell, read from rows of LossResult."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from codem_ray.analysis.cells import CELL_COLUMNS, Cell
from codem_ray.records import Metric, PromptStyle

LOSS_COLUMNS = (*CELL_COLUMNS, "loss", "is_left_out")
"""Fields of a LossResult that the statistics read."""


@dataclass(kw_only=True, slots=True)
class LossCell(Cell):
    """Losses of one model on the answers of one benchmark."""

    metric: ClassVar[Metric] = Metric.LOSS
    columns: ClassVar[tuple[str, ...]] = LOSS_COLUMNS

    losses: dict[str, float] = field(default_factory=dict)
    """Mean nats per target token of each answer, by task_id."""
    left_out: set[str] = field(default_factory=set)
    """Answers that do not fit into the model's context."""

    @property
    def asked(self) -> Mapping[str, int]:
        """One sample for each answer."""
        return dict.fromkeys((*self.losses, *self.left_out), 1)

    @property
    def is_incomplete(self) -> bool:
        """Always False: a cell is stored only when all of its answers are scored."""
        return False

    def scores(self, k: int = 1) -> dict[str, float]:
        """Return the loss of each answer that fits into the model's context."""
        return dict(self.losses)

    def add(self, row: Any) -> None:
        """Count a row of LossResult."""
        if row.is_left_out:
            self.left_out.add(row.task_id)
        else:
            self.losses[row.task_id] = float(row.loss)


def baseline_style(metric: Metric, stated: PromptStyle) -> PromptStyle:
    """Return the prompt style of `base` from which gains are measured.

    Losses are compared on the same tokens after the same prompt, so theirs is always the tuning
    template; that of pass@k is `stated` in the sweep file.
    """
    return PromptStyle.INSTRUCTION if metric is Metric.LOSS else stated
