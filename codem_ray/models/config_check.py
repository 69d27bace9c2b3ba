"""Refuses a config.json that transformers cannot build a model from, or that cannot be trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.models.config_keys import (
    HEAD_COUNT,
    HIDDEN_SIZE,
    KEY_HEAD_COUNT,
    LAYER_COUNT,
    first_value,
)

SIZES = (
    *(*HIDDEN_SIZE, *LAYER_COUNT, *HEAD_COUNT, "vocab_size"),
    *("max_position_embeddings", "n_positions", "max_seq_len"),
)
"""Settings that must be positive integers where a config has them."""
OPTIONAL_SIZES = (*KEY_HEAD_COUNT, "intermediate_size", "n_inner", "head_dim")
"""Settings that may also be null."""
HEAD_WIDTHS = ("head_dim", "kv_channels", "qk_nope_head_dim", "attention_head_dim")
"""Settings that make the width of a head independent of the hidden size."""
TEXTS = frozenset({"id2label", "transformers_version"})
"""Settings whose texts may look like numbers."""
NUMBERS = (
    *("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps"),
    *("initializer_range", "rope_theta", "partial_rotary_factor", "rotary_pct"),
)


def check_config(config: Mapping[str, Any], name: str, *, is_trained: bool) -> None:
    """Check the types of a model's sizes and, if it is to be trained, that it is not quantised.

    `name` is the model in messages. Raises ModelLoadError.
    """
    text = text_settings(config, name)
    for key in SIZES:
        if key in text and not _is_size(text[key]):
            raise _wrong_type(name, key, text[key], "a positive whole number")
    for key in OPTIONAL_SIZES:
        if text.get(key) is not None and not _is_size(text[key]):
            raise _wrong_type(name, key, text[key], "a positive whole number or null")
    for key in NUMBERS:
        if key in text and type(text[key]) not in (int, float):
            raise _wrong_type(name, key, text[key], "a number")
    check_special_ids(text, name, file="config.json")
    pad, vocabulary = text.get("pad_token_id"), text.get("vocab_size")
    if isinstance(pad, int) and isinstance(vocabulary, int) and pad >= vocabulary:
        raise ModelLoadError(
            f"{name}: pad_token_id is {pad} in config.json, but vocab_size is {vocabulary}, so "
            "that token has no row in the embeddings: set it to null or to a token that exists"
        )
    _refuse_number_texts(config, name)
    if is_trained:
        _check_heads(text, name)
        for key in ("quantization_config", "compression_config"):
            if (quantisation := config.get(key)) is not None:
                is_object = isinstance(quantisation, Mapping)
                method = quantisation.get("quant_method") if is_object else None
                raise quantised(name, f"{method or key} in config.json")


def quantised(name: str, evidence: str) -> ModelLoadError:
    """Return the error for a model with quantised weights that is to be trained."""
    return ModelLoadError(
        f"{name} has quantised weights ({evidence}), which cannot be trained: name the model that "
        "they were made from"
    )


def _refuse_number_texts(settings: Mapping[str, Any], name: str) -> None:
    """Refuse numbers and truth values that are written as text, at any depth."""
    for key, value in settings.items():
        if key in TEXTS or key.startswith("_"):
            continue
        if isinstance(value, Mapping):
            _refuse_number_texts(value, name)
        elif isinstance(value, str) and _is_number_text(value):
            raise _wrong_type(name, key, value, "a number or a truth value without quotation marks")


def _is_number_text(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return value.strip().lower() in ("true", "false")
    return True


def _check_heads(text: Mapping[str, Any], name: str) -> None:
    """Refuse attention heads that do not divide the hidden size, or that the key heads do not."""
    hidden, heads = first_value(text, HIDDEN_SIZE), first_value(text, HEAD_COUNT)
    key_heads = first_value(text, KEY_HEAD_COUNT)
    if heads and hidden and hidden % heads and first_value(text, HEAD_WIDTHS) is None:
        raise _indivisible(name, "hidden size", hidden, "attention heads", heads)
    if heads and key_heads and heads % key_heads:
        raise _indivisible(
            name, "number of attention heads", heads, "key and value heads", key_heads
        )


def _indivisible(name: str, what: str, number: int, by: str, divisor: int) -> ModelLoadError:
    return ModelLoadError(
        f"{name}: the {what} ({number}) is no multiple of the {divisor} {by} in config.json: copy "
        "config.json from the original model"
    )


def check_special_ids(settings: Mapping[str, Any], name: str, *, file: str) -> None:
    """Refuse ids of special tokens that are not numbers. Raises ModelLoadError."""
    for key in ("bos_token_id", "eos_token_id", "pad_token_id"):
        value = settings.get(key)
        ids = value if isinstance(value, list) else [value]
        if value is not None and not all(type(token) is int for token in ids):
            raise _wrong_type(name, key, value, "a token id or null", file=file)


def text_settings(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the part of a config that describes the text model; the whole if it has no parts."""
    text = config.get("text_config", config)
    if not isinstance(text, Mapping):
        raise _wrong_type(name, "text_config", text, "an object")
    return text


def _is_size(value: object) -> bool:
    return type(value) is int and value > 0


def _wrong_type(
    name: str, key: str, value: object, wanted: str, *, file: str = "config.json"
) -> ModelLoadError:
    shown = "null" if value is None else repr(value)
    return ModelLoadError(
        f"{name}: {key} is {shown} in {file}, but must be {wanted}: copy {file} from the original "
        "model"
    )
