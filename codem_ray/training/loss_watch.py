"""The loss of each step over all ranks, and the end of a fine-tune that diverges."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
import torch.distributed as dist
import transformers

from codem_ray.errors import DivergedError
from codem_ray.training.packed_trainer import PackedTrainer

REPORT_SECONDS = 3.0
"""Minimum time between two reports; at each, all ranks wait for the controller's next poll."""


class LossWatch(transformers.TrainerCallback):  # type: ignore[misc]
    """Adds up the loss of a step over the ranks; must be added before callbacks that read it."""

    def __init__(self, trainer: PackedTrainer, trial_id: str) -> None:
        self._trainer, self._trial_id = trainer, trial_id
        self.loss = float("nan")
        """Loss per target token of the last step's global batch."""
        self.is_report_due = False
        """Whether enough time has passed since the last report; equal on all ranks."""
        self.last_report = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise DivergedError, on every rank, if the loss is not finite."""
        sums = torch.zeros(2, dtype=torch.float64)
        sums[0] = float(self._trainer.local_loss)
        # Rank 0 decides for all ranks whether a report is due.
        if args.process_index == 0 and time.monotonic() - self.last_report >= REPORT_SECONDS:
            sums[1] = 1
        sums = sums.to(args.device)
        dist.all_reduce(sums)
        self.loss = float(sums[0]) / self._trainer.num_targets
        self.is_report_due = bool(sums[1] > 0)
        if not math.isfinite(self.loss):
            raise DivergedError(
                self._trial_id,
                f"the loss is {self.loss} at step {state.global_step - 1}: lower "
                "training.learning_rate or raise training.warmup_steps",
            )
