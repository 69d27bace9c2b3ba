"""Errors of Ray Train are explained."""

from pathlib import Path

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.errors import CodemError, ModelLoadError, ResourceError, TrialError
from codem_ray.runtime.train import explain_failure
from codem_ray.training.training_spec import TrainingSpec


def spec(folder: Path) -> TrainingSpec:
    return TrainingSpec(
        trial_id="t",
        base_model="m",
        tokens_folders=("tokens",),
        training=TrainingConfig(),
        ray_storage_path=str(folder),
        export_folder=str(folder / "export"),
    )


class WorkersFailed(Exception):
    """Has the shape of Ray Train's WorkerGroupError."""

    def __init__(self, message: str, failure: Exception) -> None:
        super().__init__(message)
        self.worker_failures = {0: failure}


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (WorkersFailed("x", ModelLoadError("no model")), ModelLoadError, "no model"),
        (WorkersFailed("DefaultCPUAllocator: gone", OSError()), TrialError, "micro_batch"),
        (WorkersFailed("ActorDiedError: SIGKILL", OSError()), TrialError, "after 3 attempts"),
        (RuntimeError("WorkerGroupStartupTimeoutError"), ResourceError, "2 workers with 1 CPU"),
        (RuntimeError("a\nstrange\n"), TrialError, "strange"),
    ],
)
def test_an_error_of_ray_train_is_turned_into_one_with_cause_and_next_step(
    tmp_path: Path, error: Exception, kind: type[CodemError], text: str
) -> None:
    found = explain_failure(spec(tmp_path), error)
    assert isinstance(found, kind)
    assert text in str(found)
