"""Run a sweep's trials under Ray Tune, on actors that they share."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from ray import tune

from codem_ray.config import Sweep
from codem_ray.runtime.attempts import run_attempts
from codem_ray.runtime.engine_pool import EnginePool
from codem_ray.runtime.executors import ExecutorPool
from codem_ray.runtime.gpu_queue import GpuQueue
from codem_ray.runtime.node_checks import NodeGuard
from codem_ray.runtime.ray_connection import is_ray_ours, on_driver_node, trial_resources
from codem_ray.runtime.search_judge import EarlyStopping
from codem_ray.runtime.services import RayServices
from codem_ray.runtime.warm_trainers import WarmTrainers
from codem_ray.storage import Storage
from codem_ray.sweep.capacity import Capacity, ClusterLimits
from codem_ray.sweep.failures import message_of, repeated_cause
from codem_ray.sweep.node_needs import NodeUse
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext

TUNE_FOLDER = ".tune"
"""Folder of Tune's own state, which no later run reads: manifests decide what is done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialEnd:
    """How a trial ended in this run."""

    trial_id: str
    error: str = ""
    is_fatal: bool = False
    """No other trial of the sweep can succeed either."""
    cause: str = ""
    """What the failure has in common with those of other trials; empty: it was not given up."""
    untracked: str = ""
    """Why MLflow does not hold the results of a trial that is done."""


class StopSweep(tune.Stopper):  # type: ignore[misc]
    """Ends the sweep when a trial says that none can succeed, or two failed for the same cause."""

    def __init__(self) -> None:
        self._ends: list[TrialEnd] = []

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Remember how a trial ended."""
        self._ends.append(_trial_end(result["config"]["trial_id"], result))
        return False

    def stop_all(self) -> bool:
        """Whether all trials are to be stopped."""
        return any(end.is_fatal for end in self._ends) or bool(repeated_failure(self._ends))


def run_trials(
    context: SweepContext,
    trials: Sequence[TrialPlan],
    *,
    pool: ExecutorPool,
    tracker: Any,
    tracking_uri: str,
    capacity: Capacity,
    limits: ClusterLimits,
    guard: NodeGuard,
    planned: Sequence[TrialPlan],
) -> list[TrialEnd]:
    """Run the trials under Tune and return how each ended. Ray must be initialised.

    `planned` are all trials of the plan, with which a search compares.
    """
    by_id = {trial.trial_id: trial for trial in trials}
    sweep = context.sweep
    trainers = _start_trainers(sweep)
    queue = GpuQueue.start(
        sweep.resources,
        sweep.cluster,
        limits,
        guard,
        tensor_parallel=sweep.generation.tensor_parallel,
        keeps_training=trainers is not None,
    )
    services = RayServices(
        context,
        tracking_uri=tracking_uri,
        pool=pool,
        queue=queue,
        trainers=trainers,
        engines=_start_engines(sweep, guard),
        tracker=tracker,
        guard=guard,
        stopping=EarlyStopping.start(context.storage, sweep.search, planned),
    )

    ends = run_in_tune(
        lambda trial_id: run_attempts(context, by_id[trial_id], services),
        list(by_id),
        name=context.sweep.name,
        storage=context.storage,
        max_concurrent=capacity.concurrent_trials,
        max_failures=context.sweep.search.max_failures,
    )
    # The next round of a search has a queue of its own, in the same Ray.
    queue.free_kept()
    return ends


def run_in_tune(
    attempt: Callable[[str], dict[str, Any]],
    trial_ids: Sequence[str],
    *,
    name: str,
    storage: Storage,
    max_concurrent: int,
    max_failures: int,
) -> list[TrialEnd]:
    """Call a function for each trial, in processes of Tune that trials share in turn."""

    def trainable(config: Mapping[str, Any]) -> dict[str, Any]:
        return attempt(config["trial_id"])

    with _tune_folder(storage) as folder:
        tuner = tune.Tuner(
            tune.with_resources(trainable, trial_resources()),
            param_space={"trial_id": tune.grid_search(list(trial_ids))},
            tune_config=tune.TuneConfig(
                max_concurrent_trials=max_concurrent,
                # A new process for each trial would import Ray Train and torch again.
                reuse_actors=True,
                trial_name_creator=lambda trial: trial.config["trial_id"],
                trial_dirname_creator=lambda trial: trial.config["trial_id"],
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=folder,
                verbose=0,
                stop=StopSweep(),
                failure_config=tune.FailureConfig(max_failures=max_failures),
            ),
        )
        # Tune's own handler of SIGINT would return half of the results as if they were all.
        os.environ["TUNE_DISABLE_SIGINT_HANDLER"] = "1"
        # Tune prints to standard output at any verbosity, but that is for the matrix.
        os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
        with redirect_stdout(sys.stderr):
            results = {result.config["trial_id"]: result for result in tuner.fit() if result.config}
    return [
        TrialEnd(trial_id=trial_id, error=message_of(result.error))
        if result is not None and result.error is not None
        else _trial_end(trial_id, (result.metrics or {}) if result is not None else {})
        for trial_id in trial_ids
        for result in [results.get(trial_id)]
    ]


def repeated_failure(ends: Sequence[TrialEnd]) -> str:
    """Return why a sweep stops early: two trials failed for the same cause; "" if none did."""
    repeated = repeated_cause({end.trial_id: end.cause for end in ends})
    if repeated is None:
        return ""
    error = next(end.error for end in ends if end.trial_id == repeated[1])
    return (
        f"{repeated[0]} and {repeated[1]} failed for the same cause, so the other trials were "
        f"stopped: {error}"
    )


def _start_trainers(sweep: Sweep) -> WarmTrainers | None:
    """Return the warm trainers of a sweep; None: its trials train by Ray Train."""
    resources = sweep.resources
    if resources.workers > 1 or not is_ray_ours():
        return None
    return WarmTrainers.start(
        cpus=resources.cpus_per_worker,
        gpus=resources.gpus_per_worker,
        scheduling_strategy=on_driver_node(),
    )


def _start_engines(sweep: Sweep, guard: NodeGuard) -> EnginePool:
    """Return the engines of a sweep: on CPUs they start now, on GPUs in their placement groups."""
    resources = sweep.resources
    if not resources.gpus_per_worker:
        labels = guard.selector(NodeUse.GENERATE)
        return EnginePool.start_shared(resources.generators, label_selector=labels or None)
    return EnginePool.start_in_groups(
        resources.generators,
        float(sweep.generation.tensor_parallel),
        scheduling_strategy=on_driver_node(),
    )


def _trial_end(trial_id: str, metrics: Mapping[str, Any]) -> TrialEnd:
    return TrialEnd(
        trial_id=trial_id,
        error=metrics.get("error", "it was stopped, or never started, because the sweep ended"),
        is_fatal=metrics.get("is_fatal", False),
        cause=metrics.get("cause", ""),
        untracked=metrics.get("untracked", ""),
    )


@contextmanager
def _tune_folder(storage: Storage) -> Iterator[str]:
    """Provide an empty folder for Tune; it is deleted at the end, or by the next run."""
    if not storage.is_local:
        with tempfile.TemporaryDirectory(prefix="codem-ray-tune-") as temporary:
            yield temporary
        return
    folder = storage.local_path(TUNE_FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
