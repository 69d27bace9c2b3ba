"""Processes that train one trial after another, for trials of one worker."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Sequence
from typing import Any

import ray
from ray.util.placement_group import PlacementGroup

from codem_ray.errors import TrialError
from codem_ray.runtime.group_actors import GroupActors
from codem_ray.runtime.train import explain_failure
from codem_ray.runtime.worker_group import (
    describe_stack,
    training_stack,
    training_thread,
    worker_place,
)
from codem_ray.storage.node_cache import work_folder
from codem_ray.training.arguments import uses_liger
from codem_ray.training.collectives import use_interface_of
from codem_ray.training.environment import free_memory, group_of_one
from codem_ray.training.training_spec import TrainingResult, TrainingSpec
from codem_ray.training.worker import train
from codem_ray.training.worker_errors import worker_error
from codem_ray.training.zero import accumulation_steps

_CALL_SECONDS = 120.0
_WATCH_SECONDS = 5.0


class _Session:
    """The training session of a trainer; `callbacks` are those of Ray Train, called in here."""

    def __init__(self, place: str, callbacks: Sequence[Any]) -> None:
        self.place, self._callbacks = place, callbacks
        self.reported_at = time.monotonic()

    def report(self, metrics: dict[str, Any]) -> None:
        """Call the callbacks."""
        for callback in self._callbacks:
            callback.after_report(None, [metrics], None)
        self.reported_at = time.monotonic()

    def preempted_node(self) -> str:
        """Return "": a sweep's own machine is not taken away."""
        return ""

    def is_ending(self) -> bool:
        """Return False: a sweep that is told to end kills its trainers."""
        return False


class _Trainer:
    """Trains in a process that has imported torch, DeepSpeed and transformers."""

    def __init__(self) -> None:
        self._session: _Session | None = None
        # torch reads it once, and the folder of a trial is removed when it is trained.
        folder = work_folder() / f"codem-ray-extensions-{uuid.uuid4().hex[:12]}"
        os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(folder))

    def train(self, spec: TrainingSpec, callbacks: Sequence[Any]) -> dict[str, Any]:
        """Train and export; return the facts of the fine-tune."""
        address = ray.util.get_node_ip_address()
        place = worker_place(0, socket.gethostname(), address)
        self._session = _Session(place, callbacks)
        try:
            with training_thread():
                use_interface_of(address)
                group_of_one(has_gpu=spec.gpus_per_worker > 0)
                return train(spec, self._session)
        except Exception as error:
            raise worker_error(error, spec.trial_id, place) from error
        finally:
            self._session = None
            free_memory()

    def idle_seconds(self) -> float:
        """Return the time since the last report of the training."""
        session = self._session
        return time.monotonic() - session.reported_at if session is not None else 0.0

    def stack(self) -> list[str]:
        """Return the frames of the training, the innermost last."""
        return training_stack()


class WarmTrainers:
    """The trainers of a sweep, one in each placement group; pickles to the trials' processes.

    They are for trials of one worker on one machine. Ray Train has no public way to keep the
    workers of one run for the next, and no process but its own learns of a node's preemption.
    """

    def __init__(self, keeper: Any) -> None:
        self._keeper = keeper

    @classmethod
    def start(cls, *, cpus: float, gpus: float, **options: Any) -> WarmTrainers:
        """Prepare for trainers with these resources; `options` are those of the keeper's actor."""
        kind = ray.remote(concurrency_groups={"control": 1})(_Trainer)
        keeper: Any = ray.remote(GroupActors)
        keeper = keeper.options(num_cpus=0, max_restarts=-1, **options)
        return cls(keeper.remote(kind, 1, {"num_cpus": cpus, "num_gpus": gpus}))

    def train(
        self, spec: TrainingSpec, group: PlacementGroup, callbacks: Sequence[Any] = ()
    ) -> TrainingResult:
        """Fine-tune in the trainer of a group; errors are those of `run_training`.

        After an error the trainer is replaced, so that it harms no other trial. It is also replaced
        after ZeRO stage 3, whose model DeepSpeed keeps as long as the process lives, and after a
        training with liger, which changes the code of transformers in the process.
        """
        accumulation_steps(spec.training, 1)
        started = time.monotonic()
        try:
            (trainer,) = ray.get(self._keeper.members.remote(group), timeout=_CALL_SECONDS)
            facts = _watched(spec, trainer, trainer.train.remote(spec, callbacks))
        except Exception as error:
            self._end(group)
            failure = explain_failure(spec, error)
            raise failure from (None if failure is error else error)
        has_gpu = spec.gpus_per_worker > 0
        if spec.training.zero_stage == 3 or uses_liger(spec.training, has_gpu=has_gpu):
            self._end(group)
        return TrainingResult(**facts, seconds=time.monotonic() - started)

    def _end(self, group: PlacementGroup) -> None:
        ray.get(self._keeper.end.remote(group), timeout=_CALL_SECONDS)


def _watched(spec: TrainingSpec, trainer: Any, training: Any) -> dict[str, Any]:
    """Return what a training returns; TrialError if it reports nothing for too long."""
    while True:
        if ray.wait([training], timeout=_WATCH_SECONDS)[0]:
            facts: dict[str, Any] = ray.get(training)
            return facts
        idle = _answer(trainer.idle_seconds)
        if idle is not None and idle > spec.stall_seconds:
            frames = _answer(trainer.stack) or []
            raise TrialError(
                spec.trial_id,
                f"no step was finished for {spec.stall_seconds / 60:g} minutes "
                f"(search.stall_minutes): the trainer {describe_stack(frames)}",
            )


def _answer(method: Any) -> Any:
    """Return a trainer's answer; None: it does not answer, because it is busy or has died."""
    answer = method.options(concurrency_group="control").remote()
    if not ray.wait([answer], timeout=_CALL_SECONDS)[0]:
        return None
    try:
        return ray.get(answer)
    except ray.exceptions.RayActorError:
        # The training's own result tells more.
        return None
