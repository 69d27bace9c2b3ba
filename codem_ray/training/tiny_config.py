"""Small variants of a model's own config, for checks that need no trained weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codem_ray.models.config_keys import (
    HEAD_COUNT,
    HIDDEN_SIZE,
    KEY_HEAD_COUNT,
    LAYER_COUNT,
    first_value,
)

VOCABULARY = 64
HEADS, HEAD_WIDTH, INNER_WIDTH = 4, 16, 64
SPREAD = 0.2
"""Standard deviation of the random weights, about that of a trained model of these widths."""

_HIDDEN = (*HIDDEN_SIZE, "word_embed_proj_dim")
_HEADS = (*HEAD_COUNT, "attention_heads")
_INNER = (
    *("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "intermediate_size_mlp"),
    *("moe_intermediate_size", "shared_expert_intermediate_size", "shared_intermediate_size"),
    *("q_lora_rank", "kv_lora_rank"),
)
_STATE_SPACE = {
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "mamba_d_ssm": 128,
    "mamba_n_groups": 1,
    "mamba_d_state": 16,
}
"""Widths of state-space layers that fit a model of 64 values with an expansion of 2."""
_SPREADS = ("initializer_range", "init_std")
_TOKENS = ("bos_token_id", "eos_token_id", "pad_token_id")
_PERIODS = ("period", "interval", "pattern", "offset", "first_k_dense", "freq")
"""Parts of the names of settings that count layers until a pattern repeats."""
_FEW_LAYERS = 4
"""Models of so few layers are not cut, and no list is taken for one entry per layer by chance."""

Settings = dict[str, Any]


def tiny_settings(
    settings: Mapping[str, Any], *, keeps_vocabulary: bool = False
) -> Iterator[Settings]:
    """Yield ever larger variants of the settings of a text model (`config.to_dict()`).

    All keep the kinds of layers in their order, the positions, and the form of the heads. Not every
    architecture accepts the first: some lengths follow from the width of a head.
    """
    changes = _without_dropout(settings)
    if not keeps_vocabulary:
        changes |= _without_tokens(settings)
    cut = _cut_layers(dict(settings) | changes)
    cut |= {key: SPREAD for key in _SPREADS if key in cut} | {"dtype": "float32"}
    hidden, heads = first_value(cut, _HIDDEN), first_value(cut, _HEADS)
    if hidden and heads:
        head_width = cut.get("head_dim") or hidden // heads
        yield _narrow(cut, min(HEAD_WIDTH, head_width)) | _narrow_rotation(cut)
        yield _narrow(cut, head_width)
    elif hidden:
        yield cut | dict.fromkeys(_present(cut, _HIDDEN), HEADS * HEAD_WIDTH)
    yield cut


def _narrow(settings: Mapping[str, Any], head_width: int) -> Settings:
    """Return the settings with few heads of the given width."""
    heads = first_value(settings, _HEADS) or HEADS
    changes: Settings = dict.fromkeys(_present(settings, _HIDDEN), HEADS * head_width)
    changes |= dict.fromkeys(_present(settings, _HEADS), HEADS)
    for key in _present(settings, KEY_HEAD_COUNT):
        # All heads share one key, some do, or each has its own.
        changes[key] = {1: 1, heads: HEADS}.get(settings[key], HEADS // 2)
    changes |= dict.fromkeys(_present(settings, _INNER), INNER_WIDTH)
    changes |= {key: _STATE_SPACE[key] for key in _present(settings, tuple(_STATE_SPACE))}
    if "qk_rope_head_dim" not in settings:
        # Heads with latent keys have widths of their own.
        changes |= dict.fromkeys(_present(settings, ("head_dim",)), head_width)
    return dict(settings) | changes


def _narrow_rotation(settings: Mapping[str, Any]) -> Settings:
    """Return a number of rotated dimensions that fits a narrow head."""
    return dict.fromkeys(_present(settings, ("rotary_dim",)), HEAD_WIDTH // 2)


def _cut_layers(settings: Settings) -> Settings:
    """Keep the first layers, as many as show every kind of layer."""
    count = first_value(settings, LAYER_COUNT) or 0
    if count <= _FEW_LAYERS or "attention_types" in settings:
        return settings
    per_layer = {
        key: value
        for key, value in settings.items()
        if isinstance(value, (list, str)) and len(value) == count
    }
    places = {
        key: value
        for key, value in settings.items()
        if key not in per_layer
        and isinstance(value, list)
        and ("layer" in key or "idx" in key)
        and all(isinstance(place, int) for place in value)
    }
    needed = [2]
    needed += [_length_with_all_kinds(value) for value in per_layer.values()]
    needed += [min(value) + 1 for value in places.values() if value]
    needed += [
        value + 1
        for key, value in settings.items()
        if type(value) is int and any(part in key for part in _PERIODS)
    ]
    kept = min(count, max(needed))
    cut = dict(settings) | dict.fromkeys(_present(settings, LAYER_COUNT), kept)
    cut |= {key: value[:kept] for key, value in per_layer.items()}
    return cut | {key: [place for place in value if place < kept] for key, value in places.items()}


def _length_with_all_kinds(kinds: list[Any] | str) -> int:
    return 1 + max(kinds.index(kind) for kind in kinds)


def _without_tokens(settings: Mapping[str, Any]) -> Settings:
    """Return a small vocabulary whose special tokens exist."""
    small = {key: 0 for key in _TOKENS if settings.get(key) is not None}
    return {**small, "vocab_size": VOCABULARY}


def _without_dropout(settings: Mapping[str, Any]) -> Settings:
    return {
        key: 0.0 for key, value in settings.items() if "drop" in key and isinstance(value, float)
    }


def _present(settings: Mapping[str, Any], keys: tuple[str, ...]) -> list[str]:
    return [key for key in keys if settings.get(key) is not None]
