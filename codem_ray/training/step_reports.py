"""Reports of steps and checkpoints to the system that runs a fine-tune."""

from __future__ import annotations

import platform
import time
from typing import Any

import transformers

from codem_ray.training.checkpoint_writer import CheckpointWriter
from codem_ray.training.loss_watch import LossWatch
from codem_ray.training.packed_trainer import PackedTrainer
from codem_ray.training.session import Session
from codem_ray.training.system_metrics import SystemMetrics
from codem_ray.training.timer import Timer
from codem_ray.training.training_spec import TrainingSpec


class StepReports(transformers.TrainerCallback):  # type: ignore[misc]
    """Reports from time to time, with a checkpoint when one is due or the node will be lost."""

    def __init__(
        self,
        trainer: PackedTrainer,
        spec: TrainingSpec,
        session: Session,
        watch: LossWatch,
        timer: Timer,
        checkpoints: CheckpointWriter,
    ) -> None:
        self._checkpoints = checkpoints
        self._trainer, self._spec, self._session, self._watch = trainer, spec, session, watch
        self._steps, self._timer = trainer.data.steps(), timer
        self.tokens = 0
        """Tokens of all documents so far, summed over epochs."""
        self._recent: list[tuple[int, float, float, float]] = []
        self._system = SystemMetrics(has_gpu=spec.gpus_per_worker > 0)
        self._tokens_at_report = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the tokens of the steps before a checkpoint, and take the time from here."""
        for _ in range(state.global_step):
            self.tokens += self._trainer.data.num_tokens(next(self._steps))
        self._tokens_at_report, self._watch.last_report = self.tokens, time.monotonic()
        self._checkpoints.start()
        self._timer.mark("initialise")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report and write a checkpoint if it is time; NodeLostError if the node will be lost."""
        done = next(self._steps)
        self.tokens += self._trainer.data.num_tokens(done)
        self._recent.append((state.global_step, time.time(), self._watch.loss, done.lr))
        is_last = state.global_step == state.max_steps
        is_saved = not is_last and self._checkpoints.is_due(state.global_step)
        if not (is_saved or self._watch.any_rank("report") or is_last):
            return
        if is_saved:
            self._checkpoints.write(state.global_step)
        self._report(state, done.lr)
        # Only now, so that the curve has all steps before the checkpoint.
        if is_saved:
            self._checkpoints.publish()

    def _report(self, state: Any, lr: float) -> None:
        now = time.monotonic()
        metrics = {
            "step": state.global_step,
            "steps": state.max_steps,
            "loss": self._watch.loss,
            "lr": lr,
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - self._tokens_at_report)
            / max(1e-9, now - self._watch.last_report),
            "recent": self._recent,
            "node": platform.node(),
            "system": self._system.sample(),
            **self._checkpoints.facts(),
        }
        self._recent, self._watch.last_report = [], now
        self._tokens_at_report = self.tokens
        self._session.report(metrics)
