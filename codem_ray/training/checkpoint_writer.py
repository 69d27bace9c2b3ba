"""Writes checkpoints during a fine-tune: when they are due, and when its node will be lost."""

from __future__ import annotations

import time
import uuid
from typing import Any

from codem_ray.errors import NodeLostError
from codem_ray.training.checkpoint_names import CheckpointName
from codem_ray.training.checkpoint_policy import is_step_due, is_time_due
from codem_ray.training.checkpoint_store import CheckpointStore
from codem_ray.training.checkpoints import separate_groups, write_checkpoint
from codem_ray.training.collectives import Agreement
from codem_ray.training.loss_watch import REPORT_SECONDS, LossWatch
from codem_ray.training.packed_trainer import PackedTrainer
from codem_ray.training.resume import Resume
from codem_ray.training.session import Session
from codem_ray.training.training_spec import TrainingSpec


class CheckpointWriter:
    """Writes the checkpoints of one rank; every rank calls the same methods at the same steps."""

    def __init__(
        self,
        trainer: PackedTrainer,
        spec: TrainingSpec,
        session: Session,
        watch: LossWatch,
        store: CheckpointStore,
        agreement: Agreement,
        resume: Resume,
    ) -> None:
        """Every rank must call it."""
        self._trainer, self._spec, self._session = trainer, spec, session
        self._watch, self._store, self._agreement = watch, store, agreement
        self._attempt: str = agreement.share(uuid.uuid4().hex[:8])
        self._resume, self._notes, self._notice = resume, resume.notes, ""
        self._name = self._name_at(resume.step)
        self.blocked_seconds = 0.0
        """Seconds for which checkpoints kept the training from going on, so far."""
        self.step = 0
        """Step of the last checkpoint; 0: none yet."""
        self._started = self._last_end = time.monotonic()
        self._last_blocked = 0.0
        watch.ask("checkpoint", self._is_time)
        watch.ask("stop", session.is_ending)

    def start(self) -> None:
        """Delete what was made to load a checkpoint, now that it is loaded; count time from here.

        Every rank must call it.
        """
        separate_groups(self._trainer.optimizer, self._trainer.weight_decays)
        with self._agreement.together():
            pass
        self._resume.forget_copy()
        self._started = self._last_end = time.monotonic()

    def facts(self) -> dict[str, Any]:
        """Return facts for the next report; sentences on the start are in the first one only."""
        notes, self._notes = self._notes, ()
        return {
            "checkpoint": self.step,
            "blocked_seconds": self.blocked_seconds,
            "notes": list(notes),
        }

    def is_due(self, step: int) -> bool:
        """Whether a checkpoint is to be written after a step, which is not the last one."""
        if self._watch.any_rank("stop"):
            self._notice = "a worker was told to end by SIGTERM"
        elif self._watch.any_rank("report") and (node := self._session.preempted_node()):
            self._notice = f"the cluster is about to take {node} away"
        is_due = is_step_due(step, self._spec.training) or self._watch.any_rank("checkpoint")
        return is_due or bool(self._notice)

    def write(self, step: int) -> None:
        """Write a checkpoint, which counts once it is published."""
        started = time.monotonic()
        before, self._name = self._name, self._name_at(step)
        with self._agreement.together():
            folder = self._store.begin(self._name)
        # The thread has done so if it had the time.
        self._store.remove_before(before)
        write_checkpoint(self._trainer, folder, self._session.place)
        with self._agreement.together():
            self._store.mark_written(self._name)
        self.step, self._last_end = step, time.monotonic()
        self._last_blocked = self._last_end - started
        self.blocked_seconds += self._last_blocked

    def publish(self) -> None:
        """Publish the checkpoint while the training goes on.

        Raises NodeLostError, once it is published, if the node will be lost.
        """
        self._store.publish(self._name)
        if not self._notice:
            return
        with self._agreement.together():
            self._store.wait()
        # The controller must take the report before it sees the error.
        time.sleep(REPORT_SECONDS)
        raise NodeLostError(f"{self._spec.trial_id}: {self._notice}; step {self.step} is saved")

    def _is_time(self) -> bool:
        now = time.monotonic()
        # Rank 0 decides for all ranks.
        return (
            self._trainer.args.process_index == 0
            and not self._store.is_publishing
            and is_time_due(
                self._spec.training,
                seconds_since_last=now - self._last_end,
                seconds=now - self._started,
                blocked_seconds=self.blocked_seconds,
                last_blocked_seconds=self._last_blocked,
            )
        )

    def _name_at(self, step: int) -> CheckpointName:
        ranks = self._trainer.args.world_size
        return CheckpointName(step=step, ranks=ranks, attempt=self._attempt)
