"""The model that a config describes, without weights: its kinds of attention and its size."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelForm:
    """The model that transformers makes of a config."""

    supported: frozenset[str]
    """Kinds of attention that the architecture has: `flash`, `sdpa`, `eager`."""
    empty: Any
    """The model on torch's device `meta`."""

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum(weight.numel() for weight in self.empty.parameters())


def model_form(config: Any, *, trust_remote_code: bool) -> ModelForm:
    """Describe the model of a config.

    Raises the error of transformers if it cannot make a causal language model of the config.
    """
    from transformers import AutoModelForCausalLM

    def empty(attention: str) -> Any:
        # Without a name, transformers takes the one in the config, which may not be installed.
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(
                config, attn_implementation=attention, trust_remote_code=trust_remote_code
            )

    model = empty("eager")
    supported = {"eager"}
    # The authors of a model say so in its class; trying it would need the package and a GPU.
    if getattr(model, "_supports_flash_attn", False):
        supported.add("flash")
    with suppress(ValueError):
        empty("sdpa")
        supported.add("sdpa")
    return ModelForm(supported=frozenset(supported), empty=model)


def load_form(path: str, *, revision: str | None, trust_remote_code: bool) -> ModelForm:
    """Describe the model of a folder or hub id; raises the errors of transformers."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(
        path, revision=revision, trust_remote_code=trust_remote_code
    )
    return model_form(config, trust_remote_code=trust_remote_code)
