"""Names of the same setting in the configs of different architectures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HIDDEN_SIZE = ("hidden_size", "n_embd", "d_model")
LAYER_COUNT = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HEAD_COUNT = ("num_attention_heads", "n_head", "n_heads", "num_heads")
KEY_HEAD_COUNT = ("num_key_value_heads", "num_kv_heads")


def first_value(settings: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return the value of the first key that is set; None if none is."""
    return next((settings[key] for key in keys if settings.get(key) is not None), None)
