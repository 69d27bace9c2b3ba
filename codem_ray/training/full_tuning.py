"""The training method `full`: all weights are trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from codem_ray.training.loss import target_loss_sum


class FullTuning:
    """Trains and exports all weights."""

    loss_sum = staticmethod(target_loss_sum)

    def load_options(self) -> dict[str, Any]:
        """Return nothing: the base model is loaded as it is."""
        return {}

    def prepare(self, model: Any) -> Any:
        """Return the model unchanged."""
        return model

    def export(self, model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
        """Write a model folder of transformers."""
        model.config.use_cache = True
        model.save_pretrained(folder, state_dict=weights)
