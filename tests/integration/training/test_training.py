"""Fine-tunes through Ray Train and DeepSpeed."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
import torch
import transformers
from ray.train import UserCallback
from safetensors.torch import load_file

from codem_ray.errors import LostError, ModelLoadError, NodeLostError, ResourceError
from codem_ray.runtime.train import run_training
from codem_ray.tokens.packed_rows import load_tokens
from codem_ray.tokens.tuning_record import read_tuning_record
from codem_ray.training.loss import target_loss_sum
from codem_ray.training.schedule import steps_of
from codem_ray.training.training_spec import TrainingResult, TrainingSpec

from .conftest import RECORD, STEPS, TRAINING, Kit

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]


def weights(spec: TrainingSpec) -> Mapping[str, torch.Tensor]:
    return load_file(Path(spec.export_folder) / "model.safetensors")


def plain_training(kit: Kit) -> tuple[dict[str, torch.Tensor], float]:
    """Train in one process with nothing but torch, each global batch in one pass."""
    model = transformers.AutoModelForCausalLM.from_pretrained(kit.model)
    rows = load_tokens(kit.tokens)
    decayed = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": TRAINING.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
    )
    loss = torch.zeros(())
    for step in steps_of((rows.facts.rows,), TRAINING, seed=3):
        picked = list(step.rows)
        ids, labels, positions = (
            torch.from_numpy(array[picked]).long()
            for array in (rows.input_ids, rows.labels, rows.position_ids)
        )
        loss = target_loss_sum(model, ids, labels, positions, is_packable=True)
        loss = loss / (labels[:, 1:] != -100).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), TRAINING.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = step.lr
        optimizer.step()
    return dict(model.state_dict()), loss.item()


@pytest.fixture(scope="module")
def uninterrupted(kit: Kit, ray_session: None) -> tuple[TrainingSpec, TrainingResult]:
    spec = kit.spec("uninterrupted")
    return spec, run_training(spec)


def test_two_workers_with_accumulation_train_like_plain_torch(
    kit: Kit, uninterrupted: tuple[TrainingSpec, TrainingResult]
) -> None:
    spec, result = uninterrupted
    expected, loss = plain_training(kit)
    assert result.steps == STEPS
    assert result.final_loss == pytest.approx(loss, abs=1e-5)
    trained = weights(spec)
    for name, weight in trained.items():
        torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=0)


def test_the_export_loads_and_differs_from_the_base(
    kit: Kit, uninterrupted: tuple[TrainingSpec, TrainingResult]
) -> None:
    spec, _ = uninterrupted
    model = transformers.AutoModelForCausalLM.from_pretrained(spec.export_folder)
    transformers.AutoTokenizer.from_pretrained(spec.export_folder)
    base = transformers.AutoModelForCausalLM.from_pretrained(kit.model)
    assert not torch.equal(model.lm_head.weight, base.lm_head.weight)
    assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()
    assert not list(Path(spec.export_folder).parent.glob(".*"))
    assert read_tuning_record(Path(spec.export_folder)) == RECORD


class KillOneWorker(UserCallback):
    """Sends a signal to a worker once, from the controller, when a step has been reported."""

    def __init__(self, marker: str, step: int, signal_number: int = signal.SIGKILL) -> None:
        self._marker, self._step, self._signal = marker, step, signal_number

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Any
    ) -> None:
        if Path(self._marker).exists() or metrics[0]["step"] < self._step:
            return
        # The controller and the workers are children of the same raylet.
        for process in psutil.Process(os.getppid()).children():
            if "RayTrainWorker" in " ".join(process.cmdline()):
                Path(self._marker).touch()
                process.send_signal(self._signal)
                return


def test_a_killed_worker_changes_no_bit_of_the_weights(
    kit: Kit, uninterrupted: tuple[TrainingSpec, TrainingResult]
) -> None:
    # The controller unpickles the callback, and it cannot import from where pytest found it.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    marker = kit.root / "killed"
    spec = kit.spec("killed")
    with pytest.raises(LostError, match="process was killed"):
        run_training(spec, callbacks=[KillOneWorker(str(marker), 4)])
    assert marker.exists()
    result = run_training(spec)
    assert 0 < result.resumed_from_step < STEPS
    expected = weights(uninterrupted[0])
    found = weights(spec)
    assert found.keys() == expected.keys()
    for name in found:
        assert torch.equal(found[name], expected[name]), name


def test_a_worker_that_is_told_to_end_saves_its_step_first(
    kit: Kit, uninterrupted: tuple[TrainingSpec, TrainingResult]
) -> None:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    spec = kit.spec("told", TRAINING.model_copy(update={"checkpoint_every_steps": 4}))
    with pytest.raises(NodeLostError, match=r"SIGTERM; step \d+ is saved") as told:
        run_training(
            spec, callbacks=[KillOneWorker(str(kit.root / "told"), 4, signal_number=signal.SIGTERM)]
        )
    step = int(re.findall(r"step (\d+) is saved", str(told.value))[0])
    result = run_training(spec)
    assert result.resumed_from_step == step > 4
    expected = weights(uninterrupted[0])
    for name, weight in weights(spec).items():
        assert torch.equal(weight, expected[name]), name


def test_zero_3_trains_the_same_way(
    kit: Kit, uninterrupted: tuple[TrainingSpec, TrainingResult]
) -> None:
    spec = kit.spec("zero-3", TRAINING.model_copy(update={"zero_stage": 3}))
    result = run_training(spec)
    assert result.steps == STEPS
    expected = weights(uninterrupted[0])
    for name, weight in weights(spec).items():
        torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=0)


def test_a_model_that_does_not_load_is_named(kit: Kit) -> None:
    spec = kit.spec("no-model", base_model=str(kit.root / "nowhere" / "model"), workers=1)
    with pytest.raises(ModelLoadError, match="nowhere/model cannot be loaded"):
        run_training(spec)
    assert not Path(spec.export_folder).exists()


def test_workers_that_cannot_be_scheduled_are_refused_with_the_arithmetic(kit: Kit) -> None:
    training = TRAINING.model_copy(update={"batch_sequences": 3})
    spec = kit.spec("no-room", training, workers=3, start_timeout_seconds=2.0)
    with pytest.raises(ResourceError, match="3 workers with 1 CPU"):
        run_training(spec)
