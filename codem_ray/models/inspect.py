"""Config, weight headers and size of a model, read without loading it."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError

MAX_HEADER_BYTES = 100 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseModelShape:
    """Size of a model."""

    parameters: int
    hidden_size: int
    num_layers: int
    vocab_size: int
    context_tokens: int | None
    """Longest context; None if config.json does not state it."""


def model_shape(path: str) -> BaseModelShape | None:
    """Return a local model's size from its config and weight headers; None for a hub id."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return None
    config = read_config(folder)
    config = config.get("text_config", config)
    parameters = sum(
        math.prod(tensor["shape"])
        for file in folder.glob("*.safetensors")
        for tensor in read_weight_header(file).values()
    )
    return BaseModelShape(
        parameters=parameters,
        hidden_size=int(config.get("hidden_size", config.get("n_embd", 0))),
        num_layers=int(config.get("num_hidden_layers", config.get("n_layer", 0))),
        vocab_size=int(config.get("vocab_size", 0)),
        context_tokens=config.get("max_position_embeddings", config.get("n_positions")),
    )


def read_config(folder: Path) -> dict[str, Any]:
    """Read a model folder's config.json; raise ModelLoadError if it is missing or invalid."""
    if not (folder / "config.json").is_file():
        if files := sorted(folder.glob("*.gguf")):
            raise ModelLoadError(
                f"{folder} has only the GGUF file {files[0].name}: convert it once with `codem-ray "
                f"convert-model {files[0]} FOLDER`, and name that folder"
            )
        raise ModelLoadError(
            f"{folder} has no config.json: it is not a model folder; name the folder with the model"
        )
    return read_json_object(folder / "config.json")


def read_json_object(file: Path) -> dict[str, Any]:
    """Read a JSON file of a model folder; raise ModelLoadError if it does not hold an object."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelLoadError(f"{file} cannot be read: {error}; download it again") from error
    if not isinstance(content, dict):
        raise ModelLoadError(f"{file} must contain an object, not {type(content).__name__}")
    return content


def read_weight_header(file: Path) -> dict[str, Any]:
    """Read the tensors listed in a safetensors header; raise ModelLoadError for a damaged file.

    The header is 8 bytes of length and then JSON (https://github.com/huggingface/safetensors). The
    light install has no safetensors package.
    """
    try:
        file_bytes = file.stat().st_size
        with file.open("rb") as stream:
            (header_bytes,) = struct.unpack("<Q", stream.read(8))
            if header_bytes > min(MAX_HEADER_BYTES, file_bytes):
                raise ValueError("the header is longer than the file")
            header = json.loads(stream.read(header_bytes))
        tensors = {name: tensor for name, tensor in header.items() if name != "__metadata__"}
        data_bytes = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        if not all(isinstance(tensor["shape"], list) for tensor in tensors.values()):
            raise ValueError("a tensor has no shape")
        if file_bytes < 8 + header_bytes + data_bytes:
            raise ValueError("the file is cut off")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelLoadError(
            f"{file} is not a complete safetensors file: {error}; download it again"
        ) from error
    return tensors
