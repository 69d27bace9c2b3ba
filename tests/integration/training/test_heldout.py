"""Losses on held-out pairs while a fine-tune trains."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from local_ranks import train_locally
from recorded_training import STEPS, final_weights, furthest, recorded_spec

from codem_ray.tokens.packed_rows import load_tokens
from codem_ray.training.loss import packed_loss_sum
from codem_ray.training.training_spec import HeldOutSpec, TrainingSpec


def measured_spec(root: Path, label: str, **changes: Any) -> TrainingSpec:
    """Return a fine-tune that measures the loss of its own rows, under two names."""
    spec = recorded_spec(root, "llama", label, **changes)
    rows = str(root / "rows")
    heldout = HeldOutSpec(
        folders={"python": rows, "c": rows}, own=("python",), compared_at=(0.1, 0.3)
    )
    return replace(spec, heldout=heldout)


def loss_of_export(spec: TrainingSpec) -> float:
    """Return the loss of the exported weights on the rows, in one pass."""
    rows = load_tokens(spec.tokens_folders[0])
    model = transformers.AutoModelForCausalLM.from_pretrained(spec.export_folder)
    tensors = [
        torch.from_numpy(array[:].copy()).long()
        for array in (rows.input_ids, rows.labels, rows.position_ids)
    ]
    with torch.no_grad():
        return float(packed_loss_sum(model.eval(), *tensors)) / rows.facts.target_tokens


def reports(spec: TrainingSpec) -> list[dict[str, Any]]:
    (path,) = (Path(spec.ray_storage_path) / spec.trial_id).glob("worker 0.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_losses_are_those_of_the_weights_and_change_none(tmp_path: Path) -> None:
    noisy = {"dropout": 0.1, "micro_batch_sequences": 2, "peak_tflops": 0.05}
    plain = recorded_spec(tmp_path, "llama", "plain", **noisy)
    measured = measured_spec(tmp_path, "measured", **noisy, eval_steps=7)
    # No weight changes at this rate, and so no loss improves.
    still = {"learning_rate": 1e-30, "weight_decay": 0.0}
    stopped = measured_spec(tmp_path, "stopped", **still, eval_steps=4, patience=2)
    resumed = replace(stopped, trial_id="resumed", export_folder=str(tmp_path / "resumed"))
    specs = [plain, measured, stopped, resumed, resumed]
    facts = train_locally(specs, workers=1, ends_after=[0, 0, 0, 9])
    assert furthest(final_weights(measured), final_weights(plain)) == 0
    losses = facts[1]["heldout"]
    assert losses["heldout_loss"] == losses["heldout_loss/python"] == losses["heldout_loss/c"]
    assert losses["heldout_loss"] == pytest.approx(loss_of_export(measured), abs=1e-5)
    points = [point for report in reports(measured) for point in report["recent"]]
    steps = {point["step"]: point for point in points if "heldout_loss" in point}
    # Those of a search, 2 and 6, have the loss of the source's own language only.
    assert sorted(steps) == [2, 6, 7, 14, STEPS]
    assert [step for step, point in steps.items() if "heldout_loss/c" in point] == [7, 14, STEPS]
    last = reports(measured)[-1]
    assert last["figures"].keys() == {
        *("target_share", "mfu"),
        *("seconds/data", "seconds/checkpoint", "seconds/heldout", "seconds/step"),
    }
    assert last["figures"]["seconds/heldout"] > 0
    assert 0 < last["figures"]["target_share"] < 1
    assert all(math.isfinite(point["grad_norm"]) for point in points)
    assert facts[2]["steps"] == 12
    assert "stopped at step 12 of 20: the held-out loss" in facts[2]["stop_reason"]
    assert reports(stopped)[-1]["is_last"]
    # The losses before the checkpoint count.
    assert (facts[3]["resumed_from_step"], facts[3]["steps"]) == (9, 12)


@pytest.mark.slow
def test_ranks_with_unequal_rows_measure_the_same_loss(tmp_path: Path) -> None:
    specs = [
        measured_spec(tmp_path, f"zero{stage}", zero_stage=stage, micro_batch_sequences=2)
        for stage in (0, 2, 3)
    ]
    for spec, facts in zip(specs, train_locally(specs, workers=2), strict=True):
        assert facts["heldout"]["heldout_loss"] == pytest.approx(loss_of_export(spec), abs=1e-5)
