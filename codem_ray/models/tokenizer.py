"""Load a model's tokenizer."""

from __future__ import annotations

from typing import Any

from codem_ray.errors import ModelLoadError


def load_tokenizer(
    path: str, *, revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Load a model's tokenizer; without a pad token it pads with the end-of-sequence token.

    Raises ModelLoadError if it does not load or has no end-of-sequence token.
    """
    try:
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(
            path, revision=revision, trust_remote_code=trust_remote_code
        )
    except Exception as error:
        raise ModelLoadError(f"the tokenizer of {path} does not load: {error}") from error
    if tokenizer.eos_token_id is None:
        raise ModelLoadError(
            f"the tokenizer of {path} has no end-of-sequence token, so an answer would never end: "
            "set eos_token in its tokenizer_config.json"
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
