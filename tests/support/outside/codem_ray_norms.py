"""A training method as another package adds it: this file and an entry point that names it.

It trains the weights of norms and the biases, and leaves all others as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.training.method import MethodSpec


class NormTuning:
    """Trains norms and biases."""

    def load_options(self) -> dict[str, Any]:
        """Load the base model as it is."""
        return {}

    def prepare(self, model: Any) -> Any:
        """Freeze all other weights."""
        for name, weight in model.named_parameters():
            weight.requires_grad_("norm" in name or "ln_" in name or name.endswith("bias"))
        return model

    def loss_sum(
        self, model: Any, input_ids: Any, labels: Any, position_ids: Any, *, is_packable: bool
    ) -> Any:
        """Return the cross-entropy of the target tokens."""
        # torch takes seconds to import, and every command imports this module.
        from codem_ray.training.loss import target_loss_sum

        return target_loss_sum(model, input_ids, labels, position_ids, is_packable=is_packable)

    def export(self, model: Any, weights: dict[str, Any], folder: Path) -> None:
        """Write a whole model."""
        model.save_pretrained(folder, state_dict=weights)


def make(training: TrainingConfig) -> NormTuning:
    """Make the method; it has no settings."""
    if training.method_options:
        raise ConfigError(f"training.method norms has no options, but {training.method_options}")
    return NormTuning()


METHOD = MethodSpec(name="norms", make=make)
