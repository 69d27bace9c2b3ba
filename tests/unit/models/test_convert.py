"""What a converted model's tokenizer ends an answer with."""

from __future__ import annotations

from types import SimpleNamespace

from transformers import AutoTokenizer

from codem_ray.models.convert import agree_on_special_tokens
from codem_ray.starter.assets import model_path


def test_the_tokenizer_ends_with_what_the_model_has_learnt() -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_path())
    other = (tokenizer.eos_token_id + 7) % len(tokenizer)
    agree_on_special_tokens(tokenizer, SimpleNamespace(eos_token_id=other, pad_token_id=None))
    assert tokenizer.eos_token_id == other
    assert tokenizer.pad_token_id == AutoTokenizer.from_pretrained(model_path()).pad_token_id
