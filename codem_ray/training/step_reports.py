"""Reports of steps and checkpoints to the system that runs a fine-tune."""

from __future__ import annotations

import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import transformers

from codem_ray.errors import NodeLostError
from codem_ray.training.checkpoints import write_checkpoint
from codem_ray.training.loss_watch import REPORT_SECONDS, LossWatch
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
    ) -> None:
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
        self._timer.mark("initialise")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report if it is time; raise NodeLostError after the checkpoint of a preempted node."""
        done = next(self._steps)
        self.tokens += self._trainer.data.num_tokens(done)
        self._recent.append((state.global_step, time.time(), self._watch.loss, done.lr))
        is_last = state.global_step == state.max_steps
        every = self._spec.training.checkpoint_every_steps
        needs_checkpoint = state.global_step % every == 0 and not is_last
        if not (needs_checkpoint or self._watch.is_report_due or is_last):
            return
        preempted = "" if is_last else self._session.preempted_node()
        self._report(state, done.lr, with_checkpoint=needs_checkpoint or bool(preempted))
        if preempted:
            # The controller must take the report before it sees the error.
            time.sleep(REPORT_SECONDS)
            raise NodeLostError(
                f"{self._spec.trial_id}: the cluster is about to take {preempted} away; "
                f"step {state.global_step} is saved"
            )

    def _report(self, state: Any, lr: float, *, with_checkpoint: bool) -> None:
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
        }
        self._recent, self._watch.last_report = [], now
        self._tokens_at_report = self.tokens
        if not with_checkpoint:
            self._session.report(metrics)
            return
        with tempfile.TemporaryDirectory(prefix="codem-ray-checkpoint-") as folder:
            name = write_checkpoint(self._trainer, Path(folder), self._session.place)
            self._session.report(metrics, Path(folder), name=name)
