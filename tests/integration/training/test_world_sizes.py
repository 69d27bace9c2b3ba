"""Fine-tunes go on from checkpoints with another number of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from local_ranks import train_locally
from recorded_training import final_weights, furthest, recorded_spec

from codem_ray.training.training_spec import TrainingSpec

pytestmark = pytest.mark.slow
TOLERANCE = 1e-4
CHECKPOINT = 12
"""The only checkpoint, of 20 steps."""
SECOND = 16
"""The last checkpoint of the fine-tune that goes on."""


def specs_at(root: Path, stages: Sequence[int], **changes: Any) -> list[TrainingSpec]:
    return [
        recorded_spec(
            root,
            "llama",
            f"stage-{stage}",
            zero_stage=stage,
            checkpoint_every_steps=CHECKPOINT,
            **changes,
        )
        for stage in stages
    ]


def again(spec: TrainingSpec, **changes: Any) -> TrainingSpec:
    training = spec.training.model_copy(update={"checkpoint_every_steps": 8, **changes})
    return replace(spec, export_folder=f"{spec.export_folder}-again", training=training)


def assert_goes_on(
    wholes: list[TrainingSpec], agains: list[TrainingSpec], before: int, after: int
) -> None:
    first = train_locally(wholes, workers=before)
    second = train_locally(agains, workers=after)
    for whole, spec, one, two in zip(wholes, agains, first, second, strict=True):
        assert two["resumed_from_step"] == CHECKPOINT, two["notes"]
        assert two["notes"] == ()
        loss = abs(one["final_loss"] - two["final_loss"])
        print(f"{whole.trial_id}, {before} to {after} workers: loss differs by {loss:.1e}")
        assert loss <= TOLERANCE
        if spec.training.method == "full":
            assert furthest(final_weights(spec), final_weights(whole)) <= TOLERANCE
    third = train_locally(
        [replace(spec, export_folder=f"{spec.export_folder}-third") for spec in agains],
        workers=after,
    )
    for two, three in zip(second, third, strict=True):
        # A checkpoint after a conversion is an ordinary one.
        assert three["resumed_from_step"] == SECOND
        assert three["final_loss"] == two["final_loss"]


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_the_loss_is_that_of_the_uninterrupted_run_at_every_stage(
    tmp_path: Path, before: int, after: int
) -> None:
    wholes = specs_at(tmp_path, (0, 1, 2, 3))
    assert_goes_on(wholes, [again(spec) for spec in wholes], before, after)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_adapters_go_on_at_every_stage(tmp_path: Path, before: int, after: int) -> None:
    wholes = specs_at(tmp_path, (1, 2, 3), method="lora")
    assert_goes_on(wholes, [again(spec) for spec in wholes], before, after)


def test_stage_1_goes_on_at_stage_2_and_the_other_way_round(tmp_path: Path) -> None:
    wholes = specs_at(tmp_path, (1, 2))
    agains = [again(spec, zero_stage=3 - spec.training.zero_stage) for spec in wholes]
    assert_goes_on(wholes, agains, 2, 2)


def test_an_optimizer_that_deepspeed_cannot_convert_starts_again_and_says_so(
    tmp_path: Path,
) -> None:
    [whole] = specs_at(tmp_path, (2,), optimizer="sgd")
    train_locally([whole], workers=1)
    [facts] = train_locally([again(whole)], workers=2)
    assert facts["resumed_from_step"] == 0
    assert "training.optimizer is sgd" in facts["notes"][0]
    assert facts["notes"][1] == "training starts at step 0"
