"""A rank that fails, stalls or cannot connect ends the attempt on all ranks, and frees its CPUs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
import ray
from ray.util.placement_group import placement_group_table
from waiting import wait_for

from codem_ray.errors import CodemError, DivergedError, TrialError
from codem_ray.runtime import train as runtime_train
from codem_ray.runtime.train import run_training
from codem_ray.training import worker
from codem_ray.training.training_spec import TrainingSpec

from .conftest import Kit

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]

SOON_SECONDS = 300.0
"""Far below the limit of a collective operation, 900 s, even on a busy machine."""
CPUS = 2.0


@pytest.fixture(autouse=True)
def by_value() -> None:
    """The workers cannot import from where pytest found this module."""
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])


def failure_of(spec: TrainingSpec, disturb: Any, monkeypatch: pytest.MonkeyPatch) -> CodemError:
    """Run a fine-tune whose worker calls `disturb(rank)` before; return its error."""
    train_on_this_rank = runtime_train._train_on_this_rank

    def disturbed(config: dict[str, Any]) -> dict[str, Any]:
        disturb(ray.train.get_context().get_world_rank())
        return train_on_this_rank(config)

    monkeypatch.setattr(runtime_train, "_train_on_this_rank", disturbed)
    with pytest.raises(CodemError) as raised:
        run_training(spec)
    if failed_at := marker(spec).exists() and marker(spec).stat().st_mtime:
        seconds = time.time() - failed_at
        print(f"ended {seconds:.1f} s after the failure: {raised.value}")
        assert seconds < SOON_SECONDS
    return raised.value


def marker(spec: TrainingSpec) -> Path:
    """A file that is made when the rank fails."""
    return Path(spec.export_folder).with_suffix(".failed")


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def assert_nothing_is_held() -> None:
    groups = placement_group_table().values()
    assert {group["state"] for group in groups} <= {"REMOVED"}
    wait_for(lambda: ray.available_resources().get("CPU") == CPUS, "all CPUs are free", seconds=20)


def test_tokens_that_one_rank_cannot_read_end_the_attempt_on_all_ranks(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = kit.spec("no-tokens")

    def lose_tokens(rank: int) -> None:
        if rank == 1:

            def missing(folder: Path) -> Any:
                touch(marker(spec))
                raise FileNotFoundError(2, "No such file or directory", str(folder))

            worker.load_tokens = missing

    error = failure_of(spec, lose_tokens, monkeypatch)
    assert type(error) is TrialError
    assert "worker 1 on " in str(error)
    assert "FileNotFoundError" in str(error)
    assert_nothing_is_held()


def test_a_rank_that_fails_in_a_step_ends_the_attempt_while_others_wait(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = kit.spec("fails-in-step")

    def fail_in_step(rank: int) -> None:
        if rank == 1:
            from codem_ray.training.packed_trainer import PackedTrainer

            def fail(self: Any, *arguments: Any) -> Any:
                touch(marker(spec))
                raise KeyError("input_ids")

            PackedTrainer.training_step = fail

    error = failure_of(spec, fail_in_step, monkeypatch)
    assert "training failed on worker 1 on " in str(error)
    assert "KeyError" in str(error)
    assert_nothing_is_held()


def test_a_loss_that_is_not_finite_is_reported_as_such(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(rank: int) -> None:
        from codem_ray.training.full_tuning import FullTuning

        loss_sum = FullTuning.loss_sum
        FullTuning.loss_sum = staticmethod(
            lambda *tensors, **options: loss_sum(*tensors, **options) * float("nan")
        )

    error = failure_of(kit.spec("diverges"), diverge, monkeypatch)
    assert type(error) is DivergedError
    assert "lower training.learning_rate" in str(error)


@pytest.mark.slow
def test_a_stalled_rank_ends_the_attempt_with_what_each_rank_was_doing(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stall(rank: int) -> None:
        if rank == 1:
            from codem_ray.training.packed_trainer import PackedTrainer

            def sleep(self: Any, *arguments: Any) -> Any:
                time.sleep(3600)

            PackedTrainer.training_step = sleep

    error = failure_of(kit.spec("stalls", stall_seconds=120.0), stall, monkeypatch)
    assert "no step was finished for 2 minutes (search.stall_minutes)" in str(error)
    assert "worker 0 on " in str(error)
    assert "called from train_from (training/packed_trainer.py:" in str(error)
    assert "worker 1 on " in str(error)
    assert "is in sleep (" in str(error)
    assert_nothing_is_held()


def test_a_start_that_fails_leaves_no_placement_group(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch.distributed as dist

    def fail(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("gloo: no interface")

    # Ray Train starts torch's process group by this function, which it pickles.
    import ray.train.torch.config as torch_config

    assert dist.is_available()
    monkeypatch.setattr(torch_config, "_setup_torch_process_group", fail)
    ray.cloudpickle.register_pickle_by_value(torch_config)
    error = failure_of(kit.spec("no-start"), lambda rank: None, monkeypatch)
    assert "no interface" in str(error)
    assert_nothing_is_held()
