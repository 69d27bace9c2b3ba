"""The model that a config describes, without weights: its attention and its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelForm:
    """The model that transformers makes of a config."""

    attention: Literal["sdpa", "eager"]
    """Attention implementation that the model is trained with."""
    empty: Any
    """The model on torch's device `meta`."""

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum(weight.numel() for weight in self.empty.parameters())


def model_form(config: Any, *, trust_remote_code: bool) -> ModelForm:
    """Describe the model of a config: sdpa, or eager attention where an architecture has no sdpa.

    Raises the error of transformers if it cannot make a causal language model of the config.
    """
    from transformers import AutoModelForCausalLM

    def empty(attention: str) -> Any:
        # A config may ask for flash attention, which does not keep packed documents of a batch
        # apart.
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(
                config, attn_implementation=attention, trust_remote_code=trust_remote_code
            )

    try:
        return ModelForm(attention="sdpa", empty=empty("sdpa"))
    except ValueError:
        return ModelForm(attention="eager", empty=empty("eager"))


def empty_model(path: str, *, revision: str | None, trust_remote_code: bool) -> Any:
    """Return the model of a folder or hub id without weights; raises the errors of transformers."""
    import transformers

    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    config = transformers.AutoConfig.from_pretrained(path, **options)
    with torch.device("meta"):
        return transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="eager", trust_remote_code=trust_remote_code
        )
