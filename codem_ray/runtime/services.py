"""What a trial works with inside a sweep: Ray Train and the sweep's actors."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ray
from ray.train import UserCallback

from codem_ray.config import Sweep
from codem_ray.generation.engine import ModelSpec
from codem_ray.records import Completion, Job, Problem, PromptStyle, Verdict
from codem_ray.runtime.actors import Slots, VerdictCache
from codem_ray.runtime.executors import ExecutorHandle
from codem_ray.runtime.generators import Generators
from codem_ray.storage import Storage
from codem_ray.sweep.plan import SweepPlan, TrialPlan
from codem_ray.sweep.stages import Cell
from codem_ray.sweep.status import RUNNING, StatusWriter, append_curve
from codem_ray.tracking.trial_record import is_recorded, record_inputs, record_stage
from codem_ray.training.spec import TrainingResult, TrainingSpec

SLOT_TIMEOUT_SECONDS = 14 * 24 * 3600.0
TRACK_TIMEOUT_SECONDS = 3600.0


class StepCallback(UserCallback):  # type: ignore[misc]
    """Writes each training step where `status` and the live table find it.

    Ray Train calls it in its controller's process, so it holds names, not open files. Nothing in
    Tune looks at a step, so Ray's TuneReportCallback, an actor for each trial, is left out.
    """

    def __init__(self, storage_root: str, trial_id: str, folder: str, steps: int) -> None:
        self._root, self._trial_id, self._folder, self._steps = (
            storage_root,
            trial_id,
            folder,
            steps,
        )
        self._writer: StatusWriter | None = None

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Any
    ) -> None:
        """Note rank 0's metrics; they are reduced over ranks before they are reported."""
        if not metrics or "step" not in metrics[0]:
            return
        if self._writer is None:
            self._writer = StatusWriter(Storage(self._root), self._trial_id)
        own = metrics[0]
        # Reports come every few seconds; each brings all the steps since the last.
        steps = own.get("recent") or [(own["step"], own.get("loss"), own.get("lr"))]
        for step, loss, lr in steps:
            point = {"step": step, "loss": loss, "lr": lr}
            if step == own["step"]:
                point["tokens_per_second"] = own.get("tokens_per_second")
            append_curve(Path(self._folder), {k: v for k, v in point.items() if v is not None})
        self._writer.update(
            state=RUNNING,
            stage="train",
            step=int(own["step"]),
            steps=int(own.get("steps", self._steps)),
            loss=own.get("loss"),
            tokens_per_second=own.get("tokens_per_second"),
        )


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=2)
class TrackerActor:
    """The one process of a sweep that talks to MLflow, so that its imports are paid once."""

    def __init__(self, uri: str, sweep: Sweep, plan: SweepPlan) -> None:
        from codem_ray.tracking.sweep_tracker import SweepTracker

        self._tracker = SweepTracker(uri, sweep, plan)
        self._tracker.begin()

    def track(
        self,
        trial: TrialPlan,
        model: str,
        training: Mapping[str, Any],
        results: Sequence[str],
    ) -> Mapping[str, Any]:
        """Log one trial."""
        return self._tracker.track(trial, model, training, [Path(path) for path in results])


class RayServices:
    """The services of a trial, by handles that cross to its process."""

    def __init__(
        self,
        sweep: Sweep,
        *,
        storage_root: str,
        tracking_uri: str,
        pool: ExecutorHandle,
        training_slots: Slots,
        generating_slots: Slots,
        generators: Sequence[Any] | None,
        verdicts: VerdictCache,
        tracker: Any,
    ) -> None:
        """`generators` are shared actors; None: each trial starts its own, on GPUs."""
        self._sweep, self._storage_root, self._tracking_uri = sweep, storage_root, tracking_uri
        self._pool, self._tracker = pool, tracker
        self._training_slots, self._generating_slots = training_slots, generating_slots
        self._generators, self._verdicts = generators, verdicts

    def train(self, spec: TrainingSpec, on_start: Callable[[], None]) -> TrainingResult:
        """Wait for a training slot, then run Ray Train."""
        from codem_ray.runtime.train import run_training

        # It takes seconds, and whoever holds the slot should train.
        importlib.import_module("ray.train.torch")

        step = StepCallback(self._storage_root, spec.trial_id, spec.ray_storage_path, 0)
        with self._training_slots.holding(spec.trial_id, timeout_seconds=SLOT_TIMEOUT_SECONDS):
            on_start()
            return run_training(spec, callbacks=[step])

    def generate(
        self,
        trial: TrialPlan,
        model: str,
        cells: Sequence[tuple[Cell, Sequence[Problem]]],
        on_progress: Callable[[int], None],
    ) -> list[list[Completion]]:
        """Load the model into generator actors and write all cells."""
        written: list[list[Completion]] = []
        done = 0

        def on_more(more: int) -> None:
            nonlocal done
            done += more
            on_progress(done)

        with (
            self._generating_slots.holding(trial.trial_id, timeout_seconds=SLOT_TIMEOUT_SECONDS),
            self._loaded(trial, model) as generators,
        ):
            for cell, problems in cells:
                written.append(
                    generators.generate(
                        problems,
                        PromptStyle(cell.style),
                        self._sweep.data.template,
                        self._sweep.generation,
                        on_more,
                    )
                )
        return written

    def _loaded(self, trial: TrialPlan, model: str) -> Generators:
        wanted = self._sweep.resources
        spec = ModelSpec(
            path=model,
            revision=trial.revision,
            trust_remote_code=self._sweep.base_model.trust_remote_code,
            num_threads=max(1, int(wanted.cpus_per_worker)),
        )
        engine = self._sweep.generation.engine
        if self._generators is not None:
            return Generators.borrow(self._generators, spec, engine)
        return Generators.start(
            spec, engine, num_generators=wanted.generators, num_cpus=0.0, num_gpus=1.0
        )

    def execute(self, jobs: Sequence[Job], on_progress: Callable[[int], None]) -> list[Verdict]:
        """Judge answers by the sweep's executor actors; equal programs run once."""
        return self._verdicts.execute(jobs, self._pool.execute, on_progress)

    def is_tracked(self, trial: TrialPlan, cells: Sequence[Cell]) -> bool:
        """Whether MLflow holds the current results of these cells."""
        return is_recorded(Storage(self._storage_root), self._tracking_uri, trial, cells)

    def track(
        self, trial: TrialPlan, cells: Sequence[Cell], model: str, training: Mapping[str, Any]
    ) -> None:
        """Log the trial by the sweep's tracker actor, and note what was logged."""
        storage = Storage(self._storage_root)
        record = record_stage(storage, trial, cells, self._tracking_uri)
        with record.writing(record_inputs(storage, cells)) as writer:
            results = [str(storage.local_path(cell.results_name)) for cell in cells]
            reference = self._tracker.track.remote(trial, model, training, results)
            writer.facts.update(ray.get(reference, timeout=TRACK_TIMEOUT_SECONDS))
