"""Fine-tunes end with recorded weights, however the work is divided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from local_ranks import train_locally
from recorded_training import (
    BATCH,
    MODELS,
    STEPS,
    final_weights,
    furthest,
    recorded_spec,
    recorded_weights,
    use_chunks,
)

from codem_ray.training.training_spec import TrainingSpec

TOLERANCE = 1e-5
DIVISIONS: list[dict[str, Any]] = [
    *({"micro_batch_sequences": micro} for micro in (1, 2, 4)),
    *({"zero_stage": stage} for stage in (0, 1, 3)),
    {"gradient_checkpointing": True},
    {"attention": "eager"},
    {"micro_batch_sequences": 2, "zero_stage": 3, "gradient_checkpointing": True},
]
"""Settings that change no weight; ZeRO stage 2 and micro-batches of 1 are the defaults."""


def label(changes: dict[str, Any], workers: int) -> str:
    return "-".join([f"w{workers}", *(f"{key[:5]}{value}" for key, value in changes.items())])


def assert_recorded(specs: dict[str, list[TrainingSpec]]) -> None:
    for name, some in specs.items():
        expected = recorded_weights(name)
        for spec in some:
            difference = furthest(final_weights(spec), expected)
            print(f"{spec.trial_id}: {difference:.1e}")
            assert difference <= TOLERANCE, spec.trial_id


def test_two_micro_batches_of_each_model_end_with_the_recorded_weights(tmp_path: Path) -> None:
    specs = {
        name: [recorded_spec(tmp_path, name, "w1", micro_batch_sequences=2)] for name in MODELS
    }
    facts = train_locally([spec for some in specs.values() for spec in some], workers=1)
    assert [fact["steps"] for fact in facts] == [STEPS, STEPS]
    assert_recorded(specs)


def test_losses_in_chunks_end_with_the_recorded_weights_with_any_attention(
    tmp_path: Path,
) -> None:
    specs = {
        name: [
            recorded_spec(tmp_path, name, "chunks"),
            recorded_spec(tmp_path, name, "zero-3", zero_stage=3, gradient_checkpointing=True),
            recorded_spec(tmp_path, name, "eager", attention="eager"),
        ]
        for name in MODELS
    }
    train_locally([spec for some in specs.values() for spec in some], workers=1, setup=use_chunks)
    assert_recorded(specs)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_every_division_of_the_work_ends_with_the_recorded_weights(
    tmp_path: Path, workers: int
) -> None:
    fitting = [
        changes
        for changes in DIVISIONS
        if BATCH % (workers * changes.get("micro_batch_sequences", 1)) == 0
    ]
    specs = {
        name: [recorded_spec(tmp_path, name, label(some, workers), **some) for some in fitting]
        for name in MODELS
    }
    train_locally([spec for some in specs.values() for spec in some], workers=workers)
    assert_recorded(specs)


def test_a_fine_tune_that_goes_on_from_its_checkpoint_ends_with_the_same_weights(
    tmp_path: Path,
) -> None:
    whole = recorded_spec(tmp_path, "llama", "resumed", checkpoint_every_steps=8)
    again = replace(whole, export_folder=str(tmp_path / "again"))
    facts = train_locally([whole, again], workers=1)
    assert [fact["resumed_from_step"] for fact in facts] == [0, 16]
    assert furthest(final_weights(again), final_weights(whole)) == 0
    assert facts[1]["tokens"] == facts[0]["tokens"]
