"""Reports of steps and checkpoints to the system that runs a fine-tune."""

from __future__ import annotations

import platform
import time
from typing import Any

import transformers

from codem_ray.training.checkpoint_writer import CheckpointWriter
from codem_ray.training.heldout import HeldOutLosses
from codem_ray.training.loss_watch import LossWatch
from codem_ray.training.packed_trainer import PackedTrainer
from codem_ray.training.session import Session
from codem_ray.training.step_figures import StepFigures
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
        figures: StepFigures,
        heldout: HeldOutLosses,
    ) -> None:
        self._checkpoints, self._figures, self._heldout = checkpoints, figures, heldout
        self._trainer, self._spec, self._session, self._watch = trainer, spec, session, watch
        self._steps, self._timer = trainer.data.steps(), timer
        self._system = SystemMetrics(has_gpu=spec.gpus_per_worker > 0)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the tokens of the steps before a checkpoint, and take the time from here."""
        for _ in range(state.global_step):
            self._figures.skip(next(self._steps))
        self._figures.start()
        self._watch.last_report = time.monotonic()
        self._checkpoints.start()
        self._timer.mark("initialise")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report and write a checkpoint if it is time; NodeLostError if the node will be lost."""
        self._figures.add(next(self._steps), number=state.global_step, loss=self._watch.loss)
        self._figures.recent[-1] |= self._heldout.measured
        is_last = state.global_step == state.max_steps or control.should_training_stop
        is_saved = not is_last and self._checkpoints.is_due(state.global_step)
        is_report_due = self._watch.any_rank("report") or bool(self._heldout.measured)
        if not (is_saved or is_report_due or is_last):
            return
        if is_saved:
            self._checkpoints.write(state.global_step)
        self._report(state, is_last=is_last)
        # Only now, so that the curve has all steps before the checkpoint.
        if is_saved:
            self._checkpoints.publish()

    def _report(self, state: Any, *, is_last: bool) -> None:
        blocked = {
            "checkpoint": self._checkpoints.blocked_seconds,
            "heldout": self._heldout.seconds,
        }
        metrics = {
            "step": state.global_step,
            "steps": state.max_steps,
            "is_last": is_last,
            "loss": self._watch.loss,
            "heldout": dict(self._heldout.latest),
            "node": platform.node(),
            "system": self._system.sample(),
            **self._figures.take(blocked),
            **self._checkpoints.facts(),
        }
        self._watch.last_report = time.monotonic()
        self._session.report(metrics)
