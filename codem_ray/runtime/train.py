"""Run one fine-tune by Ray Train."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray.train

from codem_ray.errors import CodemError, ResourceError, StorageError, TrialError
from codem_ray.runtime.train_storage import checkpoint_copy, storage_options, upload_checkpoint
from codem_ray.training.training_spec import TrainingResult, TrainingSpec
from codem_ray.training.worker import train
from codem_ray.training.zero import accumulation_steps

CONTROLLER_ENVIRONMENT = {
    # The controller takes one report per check, so the default of 2 s would delay short steps.
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_ENABLE_STATE_ACTOR_RECONCILIATION": "0",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
}
OUT_OF_MEMORY = (
    "OutOfMemoryError",
    "out of memory",
    "DefaultCPUAllocator",
    "can't allocate memory",
)


def run_training(spec: TrainingSpec, *, callbacks: Sequence[Any] = ()) -> TrainingResult:
    """Fine-tune and export; a spec that was interrupted continues from its last checkpoint.

    Ray must be initialised. Raises ConfigError for an impossible batch size, ModelLoadError,
    ResourceError if the workers cannot be scheduled in time, and TrialError for the rest.
    """
    accumulation_steps(spec.training, spec.workers)
    for name, value in CONTROLLER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
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
        ),
        run_config=ray.train.RunConfig(
            name=spec.trial_id,
            **storage_options(spec.ray_storage_path),
            # With an infinite limit a worker group that can never start is retried for ever.
            failure_config=ray.train.FailureConfig(
                max_failures=spec.max_failures,
                controller_failure_limit=1,
                max_preemption_failures=20,
            ),
            checkpoint_config=ray.train.CheckpointConfig(num_to_keep=1),
            callbacks=list(callbacks),
        ),
    )
    try:
        result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise explain_failure(spec, error) from error
    facts: dict[str, Any] | None = result.return_value
    if facts is None:
        raise TrialError(spec.trial_id, "Ray Train ended without an error and without a result")
    if "error" in facts:
        failure: CodemError = facts["error"]
        raise failure
    return TrainingResult(**facts, seconds=time.monotonic() - started)


def _train_on_this_rank(config: dict[str, Any]) -> dict[str, Any]:
    """Run a fine-tune in a worker; an error that a retry cannot help is returned as `error`."""
    spec: TrainingSpec = config["spec"]
    try:
        # Ray Train has a folder of its own for each run, by its name.
        return train(spec, _RaySession(f"{spec.ray_storage_path}/{spec.trial_id}"))
    except StorageError:
        # It may be this rank's alone, and Ray Train hears of no other rank's return value.
        raise
    except CodemError as error:
        return {"error": error}


class _RaySession:
    """The training session of a Ray Train worker; `uri` is the path or URI of the run."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._is_remote = "://" in uri

    @contextmanager
    def checkpoint(self) -> Iterator[Path | None]:
        """Provide the folder of Ray Train's last checkpoint."""
        found = ray.train.get_checkpoint()
        if found is None:
            yield None
            return
        if self._is_remote:
            yield checkpoint_copy(found, self._uri)
            return
        with found.as_directory() as folder:
            yield Path(folder)

    def report(
        self, metrics: dict[str, Any], checkpoint: Path | None = None, *, name: str = ""
    ) -> None:
        """Report to Ray Train, which waits until all ranks have done so."""
        if checkpoint is None:
            ray.train.report(metrics)
            return
        ray.train.report(
            metrics,
            checkpoint=ray.train.Checkpoint.from_directory(checkpoint),
            checkpoint_dir_name=name,
            # None: Ray Train copies the files itself.
            checkpoint_upload_fn=upload_checkpoint(self._uri) if self._is_remote else None,
        )


def explain_failure(spec: TrainingSpec, error: BaseException) -> CodemError:
    """Return an error that names the cause of Ray Train's error and the next step."""
    failures: dict[int, BaseException] = dict(getattr(error, "worker_failures", {}))
    for failure in failures.values():
        cause = getattr(failure, "cause", None) or failure.__cause__
        for candidate in (failure, cause):
            if isinstance(candidate, CodemError):
                return candidate
    text = str(error)
    tries = f" after {spec.max_failures + 1} attempts" if failures else ""
    if any(mark in text for mark in OUT_OF_MEMORY):
        return TrialError(
            spec.trial_id,
            f"a worker ran out of memory{tries}: lower training.micro_batch_sequences or "
            "data.max_tokens, raise training.zero_stage, or set training.gradient_checkpointing "
            f"({_last_line(text)})",
        )
    if "WorkerGroupStartupTimeout" in text or "worker group startup timed out" in text.lower():
        return ResourceError(
            f"{spec.trial_id}: {spec.workers} workers with {spec.cpus_per_worker:g} CPU and "
            f"{spec.gpus_per_worker:g} GPU each were not scheduled within "
            f"{spec.start_timeout_seconds:g} s: free resources or lower resources.workers"
        )
    if "ActorDiedError" in text or "died" in text or "SIGKILL" in text:
        return TrialError(
            spec.trial_id,
            f"a worker process was killed{tries}, most often for lack of memory "
            f"({_last_line(text)})",
        )
    return TrialError(spec.trial_id, f"training failed{tries}: {_last_line(text)}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:500] if lines else "no message"
