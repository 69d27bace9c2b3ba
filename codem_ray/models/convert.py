"""Converts a GGUF file to a model folder of safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.storage import replacing_folder


def convert_gguf(gguf_file: str | Path, folder: str | Path) -> Path:
    """Write the weights (dequantised to fp32) and the tokenizer of a GGUF file to `folder`.

    Raises ModelLoadError if transformers cannot read the file.
    """
    source, target = Path(gguf_file).resolve(), Path(folder).resolve()
    if not source.is_file():
        raise ModelLoadError(f"{source} does not exist: give the path of a GGUF file")
    import torch
    import transformers

    try:
        loaded = transformers.AutoModelForCausalLM.from_pretrained(
            source.parent, gguf_file=source.name, dtype=torch.float32
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    except Exception as error:
        raise ModelLoadError(f"{source} cannot be read as GGUF: {error}") from error
    # A model loaded from GGUF is marked as quantised and refuses save_pretrained; a copy is not.
    config = type(loaded.config).from_dict(
        {k: v for k, v in loaded.config.to_dict().items() if k != "quantization_config"}
    )
    copy_special_tokens(tokenizer, config)
    fresh = type(loaded)(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.to(torch.float32)
    with replacing_folder(target) as partial:
        fresh.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
    return target


def copy_special_tokens(tokenizer: Any, config: Any) -> None:
    """Set the tokenizer's end-of-sequence and pad tokens to those of the model's config.

    transformers reads the model's from the GGUF file but guesses the tokenizer's.
    """
    for name in ("eos", "pad"):
        token_id = getattr(config, f"{name}_token_id", None)
        if token_id is not None and token_id != getattr(tokenizer, f"{name}_token_id"):
            setattr(tokenizer, f"{name}_token", tokenizer.convert_ids_to_tokens(token_id))
