"""Compares the tensors in a model's weight files with its config.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.models.config_check import quantised, text_settings
from codem_ray.models.config_keys import LAYER_COUNT
from codem_ray.models.inspect import read_weight_header
from codem_ray.models.weight_files import weight_files

_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks?)\.(\d+)\.")
_PACKED = re.compile(r"\.(?:qweight|qzeros|weight_packed)$")
"""Tensors that pack several weights into one number: GPTQ, AWQ, compressed-tensors."""
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})


def check_weight_contents(folder: Path, config: Mapping[str, Any], *, is_trained: bool) -> None:
    """Refuse weights of too few layers and, if the model is to be trained, quantised weights.

    Raises ModelLoadError.
    """
    tensors = {
        name: tensor
        for file in weight_files(folder)
        for name, tensor in read_weight_header(file).items()
    }
    text = text_settings(config, str(folder))
    key = next((key for key in LAYER_COUNT if key in text), "")
    found = {int(match[1]) for name in tensors if (match := _LAYER.search(name))}
    if key and found and max(found) + 1 < text[key]:
        raise ModelLoadError(
            f"{folder} has the weights of {max(found) + 1} layers, but {key} is {text[key]} in "
            "config.json, so the others would start at random: copy config.json and the weights "
            "from the same model"
        )
    if is_trained:
        for name, tensor in tensors.items():
            is_integer = name.endswith(".weight") and tensor.get("dtype") not in _FLOATS
            if is_integer or _PACKED.search(name):
                raise quantised(str(folder), f"{name} has the type {tensor.get('dtype')}")
