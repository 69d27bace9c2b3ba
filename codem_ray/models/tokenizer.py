"""Load a model's tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.models.config_check import text_settings
from codem_ray.models.hub import model_config
from codem_ray.models.token_ids import embedding_rows


def load_tokenizer(
    path: str, *, revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Load a model's tokenizer.

    If it has no pad token, or one without a row in the model's embeddings, it pads with the end of
    sequence. Raises ModelLoadError if it does not load or has no usable end-of-sequence token.
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
    rows = _rows(path, revision)
    if rows is not None and tokenizer.eos_token_id >= rows:
        raise ModelLoadError(
            f"the end-of-sequence token {tokenizer.eos_token!r} of {path} has the id "
            f"{tokenizer.eos_token_id}, which has no row in the {rows} embeddings: set eos_token "
            "in its tokenizer_config.json to a token of the model"
        )
    pad = tokenizer.pad_token_id
    if pad is None or (rows is not None and pad >= rows):
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _rows(path: str, revision: str | None) -> int | None:
    """Return the number of rows of a model's embeddings; None if it is not known."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        return embedding_rows(folder)
    rows = text_settings(model_config(path, revision=revision), path).get("vocab_size")
    return rows if isinstance(rows, int) else None
