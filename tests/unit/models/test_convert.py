"""Converting a GGUF file."""

from __future__ import annotations

from types import SimpleNamespace

from transformers import AutoTokenizer

from codem_ray.models.convert import copy_special_tokens
from codem_ray.starter.assets import model_path


def test_the_tokenizer_gets_the_special_tokens_of_the_model() -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_path())
    other = (tokenizer.eos_token_id + 7) % len(tokenizer)
    copy_special_tokens(tokenizer, SimpleNamespace(eos_token_id=other, pad_token_id=None))
    assert tokenizer.eos_token_id == other
    assert tokenizer.pad_token_id == AutoTokenizer.from_pretrained(model_path()).pad_token_id
