"""The services of a sweep's trials: Ray Train, generator and executor actors, the MLflow actor."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ray
from ray.train import UserCallback

from codem_ray.config import Sweep
from codem_ray.errors import TrackingError
from codem_ray.generation.answer_scoring import Answers
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.generate import Questions
from codem_ray.records import (
    AnswerScore,
    Completion,
    Job,
    Problem,
    Progress,
    ReferenceAnswer,
    Verdict,
)
from codem_ray.runtime.engine_pool import EnginePool
from codem_ray.runtime.executors import ExecutorPool
from codem_ray.runtime.generators import Generators
from codem_ray.runtime.gpu_queue import GpuQueue, Grant, ShowWait
from codem_ray.runtime.left_groups import remove_left_group
from codem_ray.runtime.node_checks import NodeGuard
from codem_ray.runtime.search_judge import EarlyStopping
from codem_ray.runtime.train import run_training
from codem_ray.runtime.train_handover import HandOver
from codem_ray.runtime.warm_trainers import WarmTrainers
from codem_ray.storage import Storage
from codem_ray.sweep.curve_points import curve_points, latest_figures
from codem_ray.sweep.node_needs import NodeUse
from codem_ray.sweep.queue_policy import Purpose
from codem_ray.sweep.stages import CellPlan, LossCellPlan, TrialCell, train_folder
from codem_ray.sweep.stored_plan import read_stored
from codem_ray.sweep.sweep_plan import SweepPlan, TrialPlan
from codem_ray.sweep.trial import SweepContext
from codem_ray.sweep.trial_status import CurveWriter, StatusWriter, TrialState
from codem_ray.tracking.live_trials import LiveTrials
from codem_ray.tracking.sweep_runs import SweepRuns
from codem_ray.tracking.sweep_tracker import FinishedTrial, SweepTracker
from codem_ray.tracking.trial_record import (
    is_recorded,
    record_inputs,
    record_stage,
    tracked_files,
)
from codem_ray.tracking.values import RunEnd
from codem_ray.training.training_spec import TrainingResult, TrainingSpec

TRACK_TIMEOUT_SECONDS = 3600.0


class TrainingProgress(UserCallback):  # type: ignore[misc]
    """Writes training steps to a trial's status file, training curve and run in MLflow.

    Ray Train pickles it and calls it in its controller's process.
    """

    def __init__(
        self,
        storage: Storage,
        spec: TrainingSpec,
        tracker: Any,
        stopping: EarlyStopping | None = None,
    ) -> None:
        self._trial_id, self._tracker = spec.trial_id, tracker
        self._stopping, self._step, self._checkpoint = stopping, 0, 0
        self._curve = CurveWriter(storage, train_folder(spec.trial_id))
        self._status = StatusWriter(storage, spec.trial_id)

    def show_wait(self, text: str) -> None:
        """Write to the status what restarting workers wait for; empty: they train again."""
        self._status.update(
            state=TrialState.RUNNING, stage="wait" if text else "train", waits_for=text
        )

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Any
    ) -> None:
        """Write the steps, which are equal on all ranks, and show them in MLflow.

        Raises StoppedEarlyError, which ends the training, if a search stops it.
        """
        latest = metrics[0]
        points = curve_points(metrics)
        # A resume must find the points of all steps before its checkpoint.
        is_saved, self._checkpoint = latest["checkpoint"] != self._checkpoint, latest["checkpoint"]
        self._curve.append(points, is_urgent=is_saved or latest["is_last"])
        self._tracker.add_points.remote(self._trial_id, points)
        if latest["notes"]:
            self._status.update(message="; ".join(latest["notes"]))
        self._status.update(
            state=TrialState.RUNNING,
            stage="train",
            step=latest["step"],
            steps=latest["steps"],
            loss=latest["loss"],
            tokens_per_second=latest["tokens_per_second"],
            figures=latest_figures(metrics) | latest["heldout"],
        )
        if self._stopping is not None:
            before, self._step = self._step, int(latest["step"])
            self._stopping.check(
                self._trial_id,
                before=before,
                step=self._step,
                steps=int(latest["steps"]),
                read_curve=self._curve.points,
            )


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=2, concurrency_groups={"live": 1})
class TrackerActor:
    """Logs all trials to MLflow from one process, so that MLflow is imported once.

    The curves of running trials do not wait for a finished trial that is being logged.
    """

    def __init__(self, uri: str, storage: Storage, sweep: Sweep, plan: SweepPlan) -> None:
        self._storage = storage
        card = read_stored(storage, sweep.storage.suffix).facts.data_card
        self._tracker = SweepTracker(SweepRuns(uri, sweep, plan, card))
        self._live = LiveTrials(SweepRuns(uri, sweep, plan, card))

    def begin(self) -> None:
        """Show the sweep as running in MLflow, if it answers."""
        try:
            self._tracker.begin()
        except TrackingError as error:
            # Each finished trial tries again, and reports the error if that fails.
            logging.getLogger(__name__).warning("%s", error)

    @ray.method(concurrency_group="live")  # type: ignore[untyped-decorator]
    def start(self, trial_id: str) -> None:
        """Show a trial as running."""
        self._live.start(trial_id)

    @ray.method(concurrency_group="live")  # type: ignore[untyped-decorator]
    def add_points(self, trial_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Show points of a trial's training curve."""
        self._live.add_points(trial_id, points)

    @ray.method(concurrency_group="live")  # type: ignore[untyped-decorator]
    def fail(self, trial_id: str) -> None:
        """Show that a trial was given up."""
        self._live.end(trial_id, RunEnd.FAILED)

    @ray.method(concurrency_group="live")  # type: ignore[untyped-decorator]
    def stop(self, trial_id: str, reason: str) -> None:
        """Show that a search has stopped a trial."""
        self._live.end(trial_id, RunEnd.KILLED, reason)

    def track(
        self,
        trial: TrialPlan,
        cells: Sequence[TrialCell],
        model: str,
        training: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """Log one trial whose stages are done."""
        self._live.drop(trial.trial_id)
        with tracked_files(self._storage, cells) as files:
            return self._tracker.track(
                FinishedTrial(trial=trial, model=model, training=training, files=files)
            )


class LoadedEngines:
    """Generators that hold a trial's model; implements `TrialEngines`."""

    def __init__(self, generators: Generators, sweep: Sweep) -> None:
        self._generators, self._data, self._config = generators, sweep.data, sweep.generation

    def generate(
        self, cells: Sequence[tuple[CellPlan, Sequence[Problem]]], progress: Progress
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        """Yield the completions of each cell."""
        asked = [Questions(problems, cell.style) for cell, problems in cells]
        data = self._data
        written = self._generators.generate(
            asked, data.template, self._config, progress, data.chat_date
        )
        for at, completions in written:
            yield cells[at][0], completions

    def score(
        self, cells: Sequence[tuple[LossCellPlan, Sequence[ReferenceAnswer]]], progress: Progress
    ) -> Generator[tuple[LossCellPlan, list[AnswerScore]]]:
        """Yield the scores of each cell's answers."""
        groups = [Answers(answers, cell.style) for cell, answers in cells]
        data = self._data
        scored = self._generators.score(
            groups, data.template, self._config, progress, data.chat_date
        )
        for at, scores in scored:
            yield cells[at][0], scores


class RayServices:
    """Implements `TrialServices` with the sweep's actors; pickles to the trials' processes."""

    def __init__(
        self,
        context: SweepContext,
        *,
        tracking_uri: str,
        pool: ExecutorPool,
        queue: GpuQueue,
        engines: EnginePool,
        tracker: Any,
        guard: NodeGuard,
        stopping: EarlyStopping | None = None,
        trainers: WarmTrainers | None = None,
    ) -> None:
        """`trainers` train in place of Ray Train's workers."""
        self._stopping, self._trainers = stopping, trainers
        self._sweep, self._storage = context.sweep, context.storage
        self._tracking_uri, self._tracker = tracking_uri, tracker
        self._pool, self._queue, self._engines = pool, queue, engines
        self._guard = guard

    def train(self, spec: TrainingSpec, show_wait: ShowWait) -> TrainingResult:
        """Wait in the queue, then train in a warm trainer, or by Ray Train."""
        progress = TrainingProgress(self._storage, spec, self._tracker, self._stopping)
        if self._trainers is not None:
            with self._queue.holding(spec.trial_id, Purpose.TRAINING, show_wait) as grant:
                return self._trainers.train(spec, grant.group, [progress])
        # This import takes seconds, which are better spent before the group is held.
        importlib.import_module("ray.train.torch")

        # A killed process of this trial may have left one, for whose resources it would wait below.
        remove_left_group(spec.ray_storage_path)
        hand_over = HandOver(self._queue, spec.trial_id, progress.show_wait)
        with self._queue.holding(spec.trial_id, Purpose.TRAINING, show_wait):
            # Ray Train makes a group of its own, which must avoid the same nodes.
            labels = {**spec.labels, **self._guard.selector(NodeUse.TRAIN)}
            return run_training(replace(spec, labels=labels), callbacks=[progress, hand_over])

    @contextmanager
    def engines(self, trial: TrialPlan, model: str, show_wait: ShowWait) -> Iterator[LoadedEngines]:
        """Wait for engines and load the model into them."""
        with (
            self._queue.holding(trial.trial_id, Purpose.GENERATION, show_wait) as grant,
            self._load_generators(trial, model, grant) as generators,
        ):
            yield LoadedEngines(generators, self._sweep)

    def _load_generators(self, trial: TrialPlan, model: str, grant: Grant) -> Generators:
        resources, generation = self._sweep.resources, self._sweep.generation
        spec = ModelSpec(
            path=model,
            revision=trial.revision,
            trust_remote_code=self._sweep.base_model.trust_remote_code,
            num_threads=max(1, int(resources.cpus_per_worker)),
            tensor_parallel=generation.tensor_parallel,
            gpu_memory_utilization=generation.gpu_memory_utilization,
            max_model_len=generation.max_model_len,
        )
        stall_seconds = 60.0 * self._sweep.search.stall_minutes
        return self._engines.load(spec, generation.engine, grant.group, stall_seconds=stall_seconds)

    def execute(self, jobs: Sequence[Job], progress: Progress) -> list[Verdict]:
        """Judge answers on the sweep's executor actors."""
        return self._pool.execute(jobs, progress)

    def start_tracking(self, trial: TrialPlan) -> None:
        """Open the trial's run in MLflow; returns at once."""
        self._tracker.start.remote(trial.trial_id)

    def fail_tracking(self, trial: TrialPlan) -> None:
        """Close the run of a trial that is given up; returns at once."""
        self._tracker.fail.remote(trial.trial_id)

    def stop_tracking(self, trial: TrialPlan, reason: str) -> None:
        """Close the run of a trial that a search has stopped; returns at once."""
        self._tracker.stop.remote(trial.trial_id, reason)

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        """Return whether MLflow holds the current results of these cells."""
        return is_recorded(self._storage, self._tracking_uri, trial, cells)

    def track(
        self, trial: TrialPlan, cells: Sequence[TrialCell], model: str, training: Mapping[str, Any]
    ) -> None:
        """Log the trial by the tracker actor, and record what was logged."""
        record = record_stage(self._storage, trial, cells, self._tracking_uri)
        with record.writing(record_inputs(self._storage, cells)) as writer:
            reference = self._tracker.track.remote(trial, cells, model, training)
            writer.facts.update(ray.get(reference, timeout=TRACK_TIMEOUT_SECONDS))
