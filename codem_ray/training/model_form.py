"""The model that a config describes, without weights: its attention and its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelForm:
    """Facts about the model that transformers makes of a config."""

    attention: Literal["sdpa", "eager"]
    """Attention implementation that the model is trained with."""
    parameters: int
    """Number of weights; tied ones count once."""


def model_form(config: Any, *, trust_remote_code: bool) -> ModelForm:
    """Describe the model of a config: sdpa, or eager attention where an architecture has no sdpa.

    Raises the error of transformers if it cannot make a causal language model of the config.
    """
    from transformers import AutoModelForCausalLM

    def parameters(attention: str) -> int:
        # A config may ask for flash attention, which does not keep packed documents of a batch
        # apart.
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(
                config, attn_implementation=attention, trust_remote_code=trust_remote_code
            )
        return sum(weight.numel() for weight in model.parameters())

    try:
        return ModelForm(attention="sdpa", parameters=parameters("sdpa"))
    except ValueError:
        return ModelForm(attention="eager", parameters=parameters("eager"))


def empty_model(path: str, *, revision: str | None, trust_remote_code: bool) -> Any:
    """Return the model of a folder or hub id without weights; raises the errors of transformers."""
    import transformers

    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    config = transformers.AutoConfig.from_pretrained(path, **options)
    with torch.device("meta"):
        return transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="eager", trust_remote_code=trust_remote_code
        )
