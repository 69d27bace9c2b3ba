"""The attention implementation that a model is trained with."""

from __future__ import annotations

from typing import Any, Literal

import torch


def choose_attention(config: Any, *, trust_remote_code: bool) -> Literal["sdpa", "eager"]:
    """Return sdpa, or eager attention for an architecture that has no sdpa.

    Raises the error of transformers if it cannot make a causal language model of the config.
    """
    from transformers import AutoModelForCausalLM

    # A config may ask for flash attention, which does not keep packed documents of a batch apart.
    with torch.device("meta"):
        try:
            AutoModelForCausalLM.from_config(
                config, attn_implementation="sdpa", trust_remote_code=trust_remote_code
            )
        except ValueError:
            AutoModelForCausalLM.from_config(
                config, attn_implementation="eager", trust_remote_code=trust_remote_code
            )
            return "eager"
    return "sdpa"
