"""The settings that the id of a trial contains."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.training.training_key import WITHOUT_EFFECT, training_key


def key(**changes: object) -> dict[str, object]:
    return training_key(TrainingConfig.model_validate(changes))


def test_the_key_of_the_defaults_is_that_of_the_first_format() -> None:
    assert key() == {
        "epochs": 3.0,
        "learning_rate": 2e-5,
        "batch_sequences": 32,
        "warmup_steps": 30,
        "schedule": "cosine",
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "zero_stage": 2,
        "offload_optimizer": False,
        "precision": "auto",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"zero_stage": 3, "offload_optimizer": True, "offload_parameters": True},
        {"micro_batch_sequences": 4},
        {"gradient_checkpointing": True},
        {"checkpoint_every_steps": 7},
        {"attention": "eager", "liger": "off"},
    ],
)
def test_settings_that_change_no_weight_are_not_in_the_key(changes: dict[str, object]) -> None:
    assert changes.keys() <= WITHOUT_EFFECT
    assert key(**changes) == key()


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "sgd"},
        {"betas": [0.9, 0.95]},
        {"schedule": "polynomial", "schedule_options": {"power": 2.0}},
        {"neftune_noise": 5.0},
        {"dropout": None},
        {"accumulation_dtype": "fp32"},
        {"extra": {"adam_beta3": 1}},
    ],
)
def test_a_new_setting_changes_the_key_when_it_is_set(changes: dict[str, object]) -> None:
    assert key(**changes) != key()


def test_micro_batches_are_in_the_key_of_a_model_with_noise() -> None:
    assert key(dropout=0.1, micro_batch_sequences=1) != key(dropout=0.1, micro_batch_sequences=2)
