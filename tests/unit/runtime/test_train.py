"""What surrounds a call of Ray Train."""

from pathlib import Path

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.errors import CodemError, ModelLoadError, ResourceError, TrialError
from codem_ray.runtime.train import explain_failure, prune_checkpoints
from codem_ray.training.spec import TrainingSpec


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
def test_failures_are_explained(
    tmp_path: Path, error: Exception, kind: type[CodemError], text: str
) -> None:
    found = explain_failure(spec(tmp_path), error)
    assert isinstance(found, kind)
    assert text in str(found)


def test_pruning_deletes_the_state_of_this_trial_only(tmp_path: Path) -> None:
    for name in ("t", "other"):
        (tmp_path / name / "step-1").mkdir(parents=True)
    prune_checkpoints(spec(tmp_path))
    prune_checkpoints(spec(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
