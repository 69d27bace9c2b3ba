"""Run one fine-tune by Ray Train."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from typing import Any

import ray.train
from ray.exceptions import RayActorError, RayTaskError

from codem_ray.errors import (
    CodemError,
    LostError,
    NodeLostError,
    OutOfMemoryError,
    ResourceError,
    TrialError,
    all_causes,
)
from codem_ray.runtime.left_groups import remove_left_group
from codem_ray.runtime.ray_connection import is_ray_ours
from codem_ray.runtime.train_storage import storage_options
from codem_ray.runtime.worker_group import (
    WorkerGroupWatch,
    is_worker_ending,
    training_thread,
    worker_place,
)
from codem_ray.training.training_spec import TrainingResult, TrainingSpec
from codem_ray.training.worker import train
from codem_ray.training.worker_errors import OUT_OF_MEMORY_ADVICE, is_out_of_memory, worker_error
from codem_ray.training.zero import accumulation_steps
from codem_ray.wording import last_line

CONTROLLER_ENVIRONMENT = {
    # The controller takes one report per check, so the default of 2 s would delay short steps.
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_ENABLE_STATE_ACTOR_RECONCILIATION": "0",
}
PREEMPTION_WATCHER = "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER"
_NODE_DIED = "its node has died"


def run_training(spec: TrainingSpec, *, callbacks: Sequence[Any] = ()) -> TrainingResult:
    """Fine-tune and export; a spec that was interrupted continues from its last checkpoint.

    Ray must be initialised. This is one attempt: the caller decides about retries.

    Raises:
        ConfigError: the batch size is impossible.
        ModelLoadError: the base model cannot be loaded.
        ResourceError: the workers cannot be scheduled in time.
        LostError: a worker, or as NodeLostError a node, was lost.
        TrialError: anything else failed.
    """
    accumulation_steps(spec.training, spec.workers)
    for name, value in CONTROLLER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Only a cluster sends preemption notices, and the watcher is one more process.
    os.environ.setdefault(PREEMPTION_WATCHER, "0" if is_ray_ours() else "1")
    os.environ["RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"] = str(spec.start_timeout_seconds)

    from ray.train.torch import TorchConfig, TorchTrainer

    resources: dict[str, float] = {"CPU": spec.cpus_per_worker}
    if spec.gpus_per_worker:
        resources["GPU"] = spec.gpus_per_worker
    started = time.monotonic()
    trainer = TorchTrainer(
        _train_on_this_rank,
        train_loop_config={"spec": spec},
        torch_config=TorchConfig(
            backend="nccl" if spec.gpus_per_worker else "gloo",
            timeout_s=int(spec.collective_timeout_seconds),
        ),
        scaling_config=ray.train.ScalingConfig(
            num_workers=spec.workers,
            use_gpu=spec.gpus_per_worker > 0,
            resources_per_worker=resources,
            placement_strategy=spec.placement,
            label_selector=dict(spec.labels) or None,
        ),
        run_config=ray.train.RunConfig(
            name=spec.trial_id,
            **storage_options(spec.ray_storage_path),
            # sweep/failures.py decides about retries; Ray Train would retry every kind of error.
            failure_config=ray.train.FailureConfig(
                max_failures=0, controller_failure_limit=0, max_preemption_failures=0
            ),
            callbacks=[
                *callbacks,
                WorkerGroupWatch(
                    spec.trial_id, spec.ray_storage_path, stall_seconds=spec.stall_seconds
                ),
            ],
        ),
    )
    try:
        result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise explain_failure(spec, error) from error
    finally:
        remove_left_group(spec.ray_storage_path)
    facts: dict[str, Any] | None = result.return_value
    if facts is None:
        raise TrialError(spec.trial_id, "Ray Train ended without an error and without a result")
    return TrainingResult(**facts, seconds=time.monotonic() - started)


def _train_on_this_rank(config: dict[str, Any]) -> dict[str, Any]:
    """Run a fine-tune in a worker; raise errors, because Ray Train returns rank 0's result only."""
    spec: TrainingSpec = config["spec"]
    session = _RaySession()
    try:
        with training_thread():
            return train(spec, session)
    except Exception as error:
        raise worker_error(error, spec.trial_id, session.place) from error


class _RaySession:
    """The training session of a Ray Train worker."""

    def __init__(self) -> None:
        rank = ray.train.get_context().get_world_rank()
        self.place = worker_place(rank, socket.gethostname(), ray.util.get_node_ip_address())

    def preempted_node(self) -> str:
        """Name the nodes of the preemption notice that rank 0 has received."""
        if os.environ.get(PREEMPTION_WATCHER) != "1":
            return ""
        info = ray.train.get_preemption_info()
        if info is None:
            return ""
        names = {node["NodeID"]: node["NodeManagerAddress"] for node in ray.nodes()}
        return ", ".join(f"node {names.get(node, node)}" for node in info.preempted_node_ids)

    def report(self, metrics: dict[str, Any]) -> None:
        """Report to Ray Train, which waits until all ranks have done so."""
        ray.train.report(metrics)

    def is_ending(self) -> bool:
        """Whether SIGTERM has been sent to this worker."""
        return is_worker_ending()


def explain_failure(spec: TrainingSpec, error: BaseException) -> CodemError:
    """Return an error that names the cause of Ray Train's error and the next step."""
    inner, text = list(all_causes(error)), str(error)
    # Ray's error of a task is an instance of its cause's class, too, without the cause's fields.
    known = [
        cause
        for cause in inner
        if isinstance(cause, CodemError) and not isinstance(cause, RayTaskError)
    ]
    # Where one worker fails, the others lose their connection to it.
    for cause in known:
        if not isinstance(cause, LostError) or isinstance(cause, NodeLostError):
            return cause
    is_preempted = any(getattr(cause, "preempted", False) for cause in inner)
    if is_preempted or isinstance(error, ray.train.PreemptionError) or _NODE_DIED in text:
        return NodeLostError(f"{spec.trial_id}: a node was taken away ({last_line(error)})")
    if is_out_of_memory(text):
        return OutOfMemoryError(
            spec.trial_id,
            f"a worker ran out of memory: {OUT_OF_MEMORY_ADVICE} ({last_line(error)})",
        )
    if "WorkerGroupStartupTimeout" in text or "worker group startup timed out" in text.lower():
        return ResourceError(
            f"{spec.trial_id}: {spec.workers} workers with {spec.cpus_per_worker:g} CPU and "
            f"{spec.gpus_per_worker:g} GPU each were not scheduled within "
            f"{spec.start_timeout_seconds:g} s: free resources or lower resources.workers"
        )
    if any(isinstance(cause, RayActorError) for cause in inner) or "SIGKILL" in text:
        return LostError(
            f"{spec.trial_id}: a worker process was killed, most often for lack of memory "
            f"({last_line(error)})"
        )
    return known[0] if known else TrialError(spec.trial_id, f"training failed: {last_line(error)}")
