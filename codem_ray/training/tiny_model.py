"""Small random models of a given architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

from codem_ray.errors import ModelLoadError
from codem_ray.training.tiny_config import tiny_settings

MAX_PARAMETERS = 40_000_000
"""Largest size of a small model."""


class NoTinyModelError(Exception):
    """No variant of a config makes a small model that works."""


def tiny_model(
    config: Any,
    options: dict[str, Any],
    *,
    try_out: Callable[[Any], object],
    keeps_vocabulary: bool = False,
) -> Any:
    """Make the smallest variant of a config's text model, with random weights in fp32.

    Args:
        config: The config of a causal language model.
        options: Options of transformers' `from_config`.
        try_out: Called with a model; a variant with which it fails is passed over.
        keeps_vocabulary: Keep the vocabulary and its special tokens, for use with the tokenizer.

    Raises NoTinyModelError with the error of the first variant if none works.
    """
    text = config.get_text_config(decoder=True)
    make = transformers.AutoModelForCausalLM.from_config
    reasons = []
    for settings in tiny_settings(text.to_dict(), keeps_vocabulary=keeps_vocabulary):
        try:
            small = type(text).from_dict(settings)
            with torch.device("meta"):
                parameters = make(small, **options).num_parameters()
            if parameters > MAX_PARAMETERS:
                reasons.append(f"{parameters:,} parameters are too many")
                continue
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                model = make(small, dtype=torch.float32, **options)
            with torch.no_grad():
                try_out(model)
        except Exception as error:
            # Configs and models raise errors of every kind for sizes that do not fit together.
            reasons.append(f"{type(error).__name__}: {' '.join(str(error).split())[:120]}")
            continue
        return model.train()
    raise NoTinyModelError(reasons[0])


def write_tiny_model(
    path: str, folder: Path, *, revision: str | None = None, trust_remote_code: bool = False
) -> None:
    """Write a small random model with the architecture and the tokenizer of another one.

    Args:
        path: Local folder or hub id of the other model; its weights are not read.
        folder: Where to write the model.
        revision: Commit of a hub id.
        trust_remote_code: Run Python code that comes with the model.

    Raises ModelLoadError if config or tokenizer cannot be read, or no small model works.
    """
    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    try:
        config = transformers.AutoConfig.from_pretrained(path, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(path, **options)
        model = tiny_model(
            config,
            {"trust_remote_code": trust_remote_code},
            try_out=lambda model: model(torch.arange(4, 16)[None]),
            keeps_vocabulary=True,
        )
    except Exception as error:
        # The hub's client, transformers and remote code raise errors of every kind.
        raise ModelLoadError(
            f"no small model of the architecture of {path} can be made: {type(error).__name__}: "
            f"{' '.join(str(error).split())[:400]}"
        ) from error
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
