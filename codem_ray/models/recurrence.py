"""Recognises models whose layers keep a state instead of keys and values."""

from __future__ import annotations

from collections.abc import Iterable

RECURRENT_LAYERS = ("linear_attention", "mamba", "recurrent", "conv")
"""Parts of the names of layer types."""
RECURRENT_TYPES = frozenset(
    {
        *("bamba", "falcon_h1", "falcon_mamba", "granitemoehybrid", "jamba", "kimi_linear"),
        *("mamba", "mamba2", "nemotron_h", "olmo_hybrid", "qwen3_next", "recurrent_gemma", "rwkv"),
        *("xlstm", "zamba", "zamba2"),
    }
)
"""Model types whose models all have such layers."""


def has_recurrent_layers(layer_types: Iterable[object] | None) -> bool:
    """Whether the `layer_types` of a config name a layer that keeps a state."""
    return any(part in str(kind) for kind in layer_types or () for part in RECURRENT_LAYERS)
