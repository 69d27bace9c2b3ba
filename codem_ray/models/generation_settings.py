"""Reduces generation settings that transformers refuses to load or to save."""

from __future__ import annotations

import tempfile
from typing import Any

from codem_ray.models.hub import model_json


def reduced_generation_config(path: str, *, revision: str | None = None) -> Any | None:
    """Return a generation config for `from_pretrained`; None if the model's own can be saved.

    Contradictory settings, such as a temperature without sampling, would make the export fail after
    the training. Only the special tokens are kept: generation uses the settings of the sweep.
    """
    settings = model_json(path, "generation_config.json", revision=revision)
    if settings is None:
        return None
    from transformers import GenerationConfig

    try:
        config = GenerationConfig.from_dict(settings)
    except (TypeError, ValueError):
        return _special_tokens(settings)
    return None if is_saveable(config) else _special_tokens(settings)


def make_saveable(model: Any) -> None:
    """Move generation settings that would keep a model from being saved out of its configs.

    Without a generation_config.json, transformers makes one from the settings in config.json.
    """
    from transformers import GenerationConfig

    if not is_saveable(model.generation_config):
        model.generation_config = _special_tokens(model.generation_config.to_dict())
    if not is_saveable(model.config):
        architecture = type(model.config)().to_dict()
        for name in GenerationConfig().to_dict():
            if name not in architecture and hasattr(model.config, name):
                delattr(model.config, name)


def is_saveable(config: Any) -> bool:
    """Return whether transformers can save a model config or a generation config."""
    with tempfile.TemporaryDirectory(prefix="codem-ray-config-") as folder:
        try:
            config.save_pretrained(folder)
        except (TypeError, ValueError):
            return False
    return True


def _special_tokens(settings: dict[str, Any]) -> Any:
    from transformers import GenerationConfig

    tokens = {name: value for name, value in settings.items() if name.endswith("_token_id")}
    # Old models have a pad token of -1 for none.
    kept = {name: value for name, value in tokens.items() if value is not None and value != -1}
    return GenerationConfig(**kept)
