"""Loads the tokenizer of a model and checks that it can end an answer."""

from __future__ import annotations

from typing import Any

from codem_ray.errors import ModelLoadError


def load_tokenizer(
    path: str, *, revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Load a model's tokenizer; one without a pad token pads with its end of sequence."""
    try:
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(
            path, revision=revision, trust_remote_code=trust_remote_code
        )
    except Exception as error:
        raise ModelLoadError(f"the tokenizer of {path} does not load: {error}") from error
    if tokenizer.eos_token_id is None:
        raise ModelLoadError(
            f"the tokenizer of {path} has no end-of-sequence token, so an answer could never end: "
            "set eos_token in its tokenizer_config.json"
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
