"""The settings of a fine-tune that its weights depend on, which the id of its trial contains."""

from __future__ import annotations

from typing import Any

from codem_ray.config import TrainingConfig

WITHOUT_EFFECT = {
    *("checkpoint_every_steps", "checkpoint_minutes"),
    *("gradient_checkpointing", "micro_batch_sequences"),
    *("zero_stage", "offload_optimizer", "offload_parameters", "attention", "liger"),
    *("eval_steps", "peak_tflops"),
}
"""Settings that change no weight, but for rounding."""
_ALWAYS_IN_KEY = {
    *("epochs", "learning_rate", "batch_sequences", "warmup_steps", "schedule", "weight_decay"),
    *("max_grad_norm", "precision"),
}
_CONSTANT = {"zero_stage": 2, "offload_optimizer": False}
"""Entries that were settings in the first format; without them every trial would get another id."""


def training_key(training: TrainingConfig) -> dict[str, Any]:
    """Return the settings that change weights, as plain data.

    A setting that the first format did not have is left out at its default, so that it changes no
    existing id.
    """
    settings = training.model_dump(mode="json")
    defaults = TrainingConfig().model_dump(mode="json")
    key = {
        name: value
        for name, value in settings.items()
        if name not in WITHOUT_EFFECT and (name in _ALWAYS_IN_KEY or value != defaults[name])
    }
    if training.dropout != 0 or training.neftune_noise or training.lora.dropout:
        # Random noise differs between micro-batches of different sizes and between kernels.
        key["micro_batch_sequences"] = training.micro_batch_sequences
        if training.attention != "auto":
            key["attention"] = training.attention
    if training.patience is not None and training.eval_steps is not None:
        # The step at which a training stops depends on when its loss is measured.
        key["eval_steps"] = training.eval_steps
    return key | _CONSTANT
