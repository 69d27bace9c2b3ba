"""Carry a sweep out on Ray: Tune for the trials, actors for generation, execution and tracking."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import ray
from ray import tune

from codem_ray.config import Sweep
from codem_ray.errors import ResourceError
from codem_ray.runtime.actors import Slots, VerdictCache
from codem_ray.runtime.executors import ExecutorHandle, ExecutorPool, executor_factory
from codem_ray.runtime.generators import Generators
from codem_ray.runtime.services import RayServices, TrackerActor
from codem_ray.storage import Storage
from codem_ray.sweep.failures import FailureDecision, TrialFailure, decide, message_of
from codem_ray.sweep.plan import SweepPlan, TrialPlan
from codem_ray.sweep.preflight import is_on_cluster, local_nodes
from codem_ray.sweep.resources import Capacity, Node, decide_capacity
from codem_ray.sweep.trial import TrialContext, run_trial

DRIVER_RESOURCE = "tune_driver"
"""A trial's own process needs a resource, but no CPU: that would starve its workers."""
HEAD_RESOURCE = "node:__internal_head__"
SLIVER = 0.001
TUNE = ".tune"
"""Folder of Tune's own state, which nothing trusts."""
RETRY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialEnd:
    """How a trial ended in this run."""

    trial_id: str
    error: str | None
    is_fatal: bool = False
    """No trial of the sweep can succeed."""


def cluster_nodes() -> list[Node]:
    """Return the nodes of the Ray cluster that this process is connected to."""
    return [
        Node(cpus=node["Resources"].get("CPU", 0.0), gpus=node["Resources"].get("GPU", 0.0))
        for node in ray.nodes()
        if node["Alive"]
    ]


@contextmanager
def ray_session() -> Iterator[None]:
    """Connect to the cluster of RAY_ADDRESS, or start Ray here and stop it at the end."""
    if is_on_cluster():
        _init(ignore_reinit_error=True)
        try:
            yield
        finally:
            ray.shutdown()
        return
    node = local_nodes()[0]
    # On a busy machine Ray's 30 s for its own start are not enough.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
    _init(
        # Never a cluster that somebody else has started on this machine.
        address="local",
        num_cpus=int(node.cpus),
        num_gpus=int(node.gpus),
        resources={DRIVER_RESOURCE: 1000.0},
        include_dashboard=False,
        # The object store holds only small messages here; the default would take a third of the
        # memory.
        object_store_memory=256 << 20,
    )
    try:
        yield
    finally:
        ray.shutdown()


def _init(**options: Any) -> None:
    try:
        with _keeping_sigterm():
            ray.init(log_to_driver=False, logging_level="ERROR", **options)
    # Ray raises a bare Exception where its own processes do not come up.
    except Exception as error:
        where = os.environ.get("RAY_ADDRESS", "on this machine")
        raise ResourceError(
            f"Ray could not be started or reached ({where}): {error} Where the machine is very "
            "busy, the same command later goes on from here; Ray's own logs are in "
            "/tmp/ray/session_latest/logs"
        ) from error


def capacity_of(context: TrialContext, nodes: Sequence[Node]) -> Capacity:
    """Work out what fits; ResourceError when a trial never would."""
    return decide_capacity(
        nodes,
        context.sweep.resources,
        max_concurrent_trials=context.sweep.search.max_concurrent_trials,
    )


@contextmanager
def executor_pool(sweep: Sweep, capacity: Capacity) -> Iterator[ExecutorPool]:
    """Start the executor actors that all trials share, and end them."""
    pool = ExecutorPool.start(
        executor_factory(sweep.evaluation.sandbox, uses_cache=sweep.evaluation.cache),
        num_executors=capacity.executors,
    )
    try:
        yield pool
    finally:
        pool.shutdown()


def start_tracker(uri: str, sweep: Sweep, plan: SweepPlan) -> Any:
    """Start the process that talks to MLflow; it opens or finds the sweep's run."""
    return TrackerActor.remote(uri, sweep, plan)  # type: ignore[attr-defined]


@contextmanager
def tune_folder(storage: Storage) -> Iterator[str]:
    """Give Tune a folder that does not outlive the run, or, where that is killed, the next one."""
    if not storage.is_local:
        with tempfile.TemporaryDirectory(prefix="codem-ray-tune-") as temporary:
            yield temporary
        return
    folder = storage.local_path(TUNE)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _keeping_sigterm() -> Iterator[None]:
    """Put back what SIGTERM did: Ray's own handlers end the process with a dump of its stack."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    except SystemExit as end:
        # The signal came while Ray started, under Ray's handler.
        if end.code == signal.SIGTERM and callable(before):
            before(signal.SIGTERM, None)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


class _ReleaseSlots(tune.Callback):  # type: ignore[misc]
    """Gives back what a trial held that died for good, so that no other waits for it."""

    def __init__(self, slots: Sequence[Slots]) -> None:
        self._slots = slots

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        for slots in self._slots:
            slots.release(trial.config["trial_id"])


def run_trials(
    context: TrialContext,
    trials: Sequence[TrialPlan],
    *,
    pool: ExecutorHandle,
    tracker: Any,
    tracking_uri: str,
    capacity: Capacity,
) -> list[TrialEnd]:
    """Run the trials under Tune and return how each ended. Ray must be initialised."""
    by_id = {trial.trial_id: trial for trial in trials}
    wanted = context.sweep.resources
    is_on_gpu = wanted.gpus_per_worker > 0
    training_slots = Slots("training", capacity.training_slots)
    # On GPUs each trial waits for generators of its own; on CPUs trials share them in turn.
    generating_slots = Slots("generation", capacity.concurrent_trials if is_on_gpu else 1)
    services = RayServices(
        context.sweep,
        storage_root=context.storage_root,
        tracking_uri=tracking_uri,
        pool=pool,
        training_slots=training_slots,
        generating_slots=generating_slots,
        generators=None if is_on_gpu else Generators.start_shared(wanted.generators),
        verdicts=VerdictCache(),
        tracker=tracker,
    )

    def trainable(config: Mapping[str, Any]) -> dict[str, Any]:
        return _attempt(context, by_id[config["trial_id"]], services)

    resource = HEAD_RESOURCE if is_on_cluster() else DRIVER_RESOURCE
    with tune_folder(Storage(context.storage_root)) as folder:
        tuner = tune.Tuner(
            tune.with_resources(trainable, {resource: SLIVER}),
            param_space={"trial_id": tune.grid_search(list(by_id))},
            tune_config=tune.TuneConfig(
                max_concurrent_trials=capacity.concurrent_trials,
                # A new process for each trial would import Ray Train and torch again.
                reuse_actors=True,
                trial_name_creator=lambda trial: trial.config["trial_id"],
                trial_dirname_creator=lambda trial: trial.config["trial_id"],
            ),
            run_config=tune.RunConfig(
                name=context.sweep.name,
                # Manifests are what a later run trusts, so Tune's own state may go.
                storage_path=folder,
                verbose=0,
                callbacks=[_ReleaseSlots([training_slots, generating_slots])],
                failure_config=tune.FailureConfig(max_failures=context.sweep.search.max_failures),
            ),
        )
        # Tune's own handler would end with half of the results, as if that were all.
        os.environ["TUNE_DISABLE_SIGINT_HANDLER"] = "1"
        # Standard output is for the matrix; Tune greets there whatever its verbosity.
        os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
        with redirect_stdout(sys.stderr):
            results = {result.config["trial_id"]: result for result in tuner.fit() if result.config}
    ends = []
    for trial_id in by_id:
        result = results.get(trial_id)
        if result is None or result.error is not None:
            cause = "Tune never started it" if result is None else _last_line(result.error)
            ends.append(TrialEnd(trial_id=trial_id, error=cause))
            continue
        metrics = result.metrics or {}
        ends.append(
            TrialEnd(
                trial_id=trial_id,
                error=metrics.get("error") or None,
                is_fatal=bool(metrics.get("is_fatal")),
            )
        )
    return ends


def _attempt(context: TrialContext, trial: TrialPlan, services: RayServices) -> dict[str, Any]:
    """Try a trial until it is done or not worth trying again.

    Tune restarts a trial whose process dies; errors that are raised are decided on here, because
    Tune would try a misconfigured model as often as a lost worker.
    """
    max_attempts = context.sweep.search.max_failures + 1
    for attempt in range(1, max_attempts + 1):
        try:
            run_trial(context, trial, services, attempt=attempt)
        except Exception as error:
            failure = TrialFailure(trial_id=trial.trial_id, error=error)
            decision = decide(failure, attempt=attempt, max_attempts=max_attempts)
            if decision is FailureDecision.RETRY:
                time.sleep(RETRY_SECONDS)
                continue
            return {
                "error": message_of(error),
                "is_fatal": decision is FailureDecision.STOP_SWEEP,
            }
        else:
            break
    return {"error": "", "is_fatal": False}


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1][:500] if lines else repr(error)
