"""Checks that the safetensors files of a model folder are all there and undamaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.models.inspect import read_json_object, read_weight_header

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLED = ("*.bin", "*.pt", "*.pth")
SHOWN = 3
"""Names of missing files or tensors in a message."""


def check_weights(folder: Path) -> None:
    """Check what transformers would load: `model.safetensors`, or the shards of its index.

    Raises ModelLoadError.
    """
    for file in weight_files(folder):
        if not read_weight_header(file) and not (folder / INDEX).is_file():
            raise ModelLoadError(f"{file} holds no weights: download it again")


def weight_files(folder: Path) -> list[Path]:
    """Return the files that hold a model's weights; raise ModelLoadError if one is missing."""
    # transformers takes the single file if there are both.
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        return _shards(folder)
    raise ModelLoadError(_no_weights(folder))


def _shards(folder: Path) -> list[Path]:
    """Return the files that the index names; each must hold the tensors that it names for it."""
    by_shard: dict[str, set[str]] = {}
    for tensor, shard in _weight_map(folder).items():
        by_shard.setdefault(str(shard), set()).add(tensor)
    missing = sorted(name for name in by_shard if not (folder / name).is_file())
    if missing:
        raise ModelLoadError(
            f"{folder} lacks {len(missing)} of the {len(by_shard)} weight files that {INDEX} "
            f"names ({', '.join(missing[:SHOWN])}{', ...' if len(missing) > SHOWN else ''}): "
            "download them again"
        )
    for name, tensors in by_shard.items():
        lost = sorted(tensors - read_weight_header(folder / name).keys())
        if lost:
            raise ModelLoadError(
                f"{folder / name} lacks {len(lost)} of the {len(tensors)} weights that {INDEX} "
                f"names ({', '.join(lost[:SHOWN])}): download both files again"
            )
    return [folder / name for name in sorted(by_shard)]


def _weight_map(folder: Path) -> Mapping[str, Any]:
    weight_map = read_json_object(folder / INDEX).get("weight_map")
    if not isinstance(weight_map, Mapping) or not weight_map:
        raise ModelLoadError(f"{folder / INDEX} has no weight_map: download it again")
    return weight_map


def _no_weights(folder: Path) -> str:
    pickled = sorted(file.name for kind in PICKLED for file in folder.glob(kind))
    if others := sorted(file.name for file in folder.glob("*.safetensors")):
        return (
            f"{folder} has neither {SINGLE} nor {INDEX}, only {', '.join(others[:SHOWN])}: "
            "download the missing files, or load and save the model with save_pretrained"
        )
    if pickled:
        return (
            f"{folder} has only pickled weights ({', '.join(pickled[:SHOWN])}), which can run code "
            "when they are loaded: convert them to safetensors first (load them in an environment "
            "that you trust, then model.save_pretrained(folder))"
        )
    if list(folder.glob("*.gguf")):
        return f"{folder} has a GGUF file: convert it once with `codem-ray convert-model`"
    return f"{folder} has no *.safetensors: download the model again, or name its folder"
