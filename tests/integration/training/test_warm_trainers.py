"""Trials of one worker in processes that train one after another."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
import torch
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from safetensors.torch import load_file

from codem_ray.errors import LostError, ModelLoadError, StoppedEarlyError, TrialError
from codem_ray.runtime.train import run_training
from codem_ray.runtime.warm_trainers import WarmTrainers
from codem_ray.training.training_spec import TrainingSpec

from .conftest import STEPS, TRAINING, Kit

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]


class NoteProcess:
    """Writes the id of the process that trains, and what it still holds of earlier trainings."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def after_report(self, context: Any, metrics: list[dict[str, Any]], checkpoint: Any) -> None:
        import gc

        import torch.distributed.distributed_c10d as groups
        from deepspeed import DeepSpeedEngine

        engines = sum(isinstance(each, DeepSpeedEngine) for each in gc.get_objects())
        self._file.write_text(f"{os.getpid()} {engines} {len(groups._world.pg_map)}")


class Stopping(NoteProcess):
    """Acts at the first report after some steps."""

    def __init__(self, file: Path, action: str) -> None:
        super().__init__(file)
        self._action = action

    def after_report(self, context: Any, metrics: list[dict[str, Any]], checkpoint: Any) -> None:
        super().after_report(context, metrics, checkpoint)
        if metrics[0]["step"] < 4:
            return
        if self._action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._action == "stop":
            raise StoppedEarlyError("t", "stopped by a search")
        time.sleep(600)


def weights(spec: TrainingSpec) -> dict[str, torch.Tensor]:
    return load_file(Path(spec.export_folder) / "model.safetensors")


def assert_equal(spec: TrainingSpec, other: TrainingSpec) -> None:
    found, expected = weights(spec), weights(other)
    assert found.keys() == expected.keys()
    for name in found:
        assert torch.equal(found[name], expected[name]), name


@pytest.fixture(scope="module")
def trainers(ray_session: None) -> WarmTrainers:
    # The trainers unpickle the callbacks, and they cannot import from where pytest found them.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return WarmTrainers.start(cpus=1, gpus=0)


@pytest.fixture
def group() -> Iterator[PlacementGroup]:
    group = placement_group([{"CPU": 1}])
    yield group
    remove_placement_group(group)


@pytest.fixture(scope="module")
def by_ray_train(kit: Kit, ray_session: None) -> TrainingSpec:
    spec = kit.spec("by-ray-train", workers=1)
    run_training(spec)
    return spec


def test_a_second_training_in_one_process_has_the_weights_of_ray_train(
    kit: Kit, trainers: WarmTrainers, group: PlacementGroup, by_ray_train: TrainingSpec
) -> None:
    notes = []
    others = TRAINING.model_copy(update={"zero_stage": 1, "learning_rate": 3e-3})
    specs = [
        kit.spec("first", others, workers=1, seed=8),
        kit.spec("second", workers=1),
        kit.spec("third", TRAINING.model_copy(update={"method": "lora"}), workers=1),
        kit.spec("fourth", workers=1),
    ]
    for spec in specs:
        result = trainers.train(spec, group, [NoteProcess(kit.root / "note")])
        assert (result.steps, result.resumed_from_step) == (STEPS, 0)
        notes.append((kit.root / "note").read_text().split())
    assert_equal(specs[1], by_ray_train)
    assert_equal(specs[3], by_ray_train)
    assert len({process for process, _, _ in notes}) == 1
    # Engines and process groups of earlier trainings are gone.
    assert [engines for _, engines, _ in notes] == ["1"] * 4
    assert notes[3][2] == notes[1][2]


def test_a_killed_trainer_is_replaced_and_goes_on_from_its_checkpoint(
    kit: Kit, trainers: WarmTrainers, group: PlacementGroup, by_ray_train: TrainingSpec
) -> None:
    spec, note = kit.spec("killed-warm", workers=1), kit.root / "killed-note"
    with pytest.raises(LostError, match="process was killed"):
        trainers.train(spec, group, [Stopping(note, "kill")])
    killed = note.read_text().split()[0]
    result = trainers.train(spec, group, [NoteProcess(note)])
    assert 0 < result.resumed_from_step < STEPS
    assert note.read_text().split()[0] != killed
    assert_equal(spec, by_ray_train)


def test_a_failed_training_and_one_at_zero_3_leave_no_process_to_the_next(
    kit: Kit, trainers: WarmTrainers, group: PlacementGroup
) -> None:
    note = kit.root / "failed-note"
    with pytest.raises(StoppedEarlyError, match="stopped by a search"):
        trainers.train(kit.spec("stopped", workers=1), group, [Stopping(note, "stop")])
    failed = note.read_text().split()[0]
    missing = kit.spec("no-warm-model", base_model=str(kit.root / "nowhere"), workers=1)
    with pytest.raises(ModelLoadError, match="nowhere cannot be loaded"):
        trainers.train(missing, group)
    divided = TRAINING.model_copy(update={"zero_stage": 3})
    trainers.train(kit.spec("divided", divided, workers=1), group, [NoteProcess(note)])
    after_failure = note.read_text().split()[0]
    # DeepSpeed does not let go of a model of this stage.
    trainers.train(kit.spec("after", workers=1), group, [NoteProcess(note)])
    assert len({failed, after_failure, note.read_text().split()[0]}) == 3


def test_a_training_without_progress_ends_with_its_stack(
    kit: Kit, trainers: WarmTrainers, group: PlacementGroup
) -> None:
    spec = kit.spec("stuck", workers=1, stall_seconds=60.0)
    with pytest.raises(TrialError, match=r"no step was finished for 1 minutes.*after_report"):
        trainers.train(spec, group, [Stopping(kit.root / "stuck-note", "sleep")])
