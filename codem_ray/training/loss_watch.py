"""What the ranks agree on at the end of each step: its loss, whether it diverges, what is due."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
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
        self.last_report = time.monotonic()
        self._questions: dict[str, Callable[[], bool]] = {"report": self._is_report_time}
        self._answers: set[str] = set()

    def ask(self, name: str, is_so: Callable[[], bool]) -> None:
        """Ask a question of every rank at the end of each step; see `any_rank`."""
        self._questions[name] = is_so

    def any_rank(self, name: str) -> bool:
        """Whether a rank answered yes at the end of the last step; equal on all ranks."""
        return name in self._answers

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise DivergedError, on every rank, if the loss is not finite."""
        answers = [float(is_so()) for is_so in self._questions.values()]
        sums = torch.tensor([float(self._trainer.local_loss), *answers], dtype=torch.float64)
        sums = sums.to(args.device)
        dist.all_reduce(sums)
        self.loss = float(sums[0]) / self._trainer.num_targets
        counts = dict(zip(self._questions, sums[1:].tolist(), strict=True))
        self._answers = {name for name, count in counts.items() if count > 0}
        if not math.isfinite(self.loss):
            raise DivergedError(
                self._trial_id,
                f"the loss is {self.loss} at step {state.global_step - 1}: lower "
                "training.learning_rate or raise training.warmup_steps",
            )

    def _is_report_time(self) -> bool:
        # Rank 0 decides for all ranks.
        is_late = time.monotonic() - self.last_report >= REPORT_SECONDS
        return is_late and self._trainer.args.process_index == 0
