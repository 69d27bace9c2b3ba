"""Documents of a draw as text, with the part that is trained on separated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codem_ray.corpora.pair_store import PairStore
from codem_ray.tokens.prompt_template import render_prompt
from codem_ray.tokens.source_draws import Draw
from codem_ray.tokens.store_encoding import EncodedPairs

END_OF_TEXT = "<end of text>"
"""Shown instead of the tokenizer's end-of-sequence token if there is no tokenizer."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One document of a draw."""

    pair_id: str
    answer_id: str
    """The pair that the answer is from; differs from `pair_id` in `shuffled` only."""
    language: str
    origin: str
    masked: str
    """The prompt, which carries no loss."""
    target: str
    """The answer and its end, which carry loss."""
    tokens: int | None
    target_tokens: int | None


def examples(
    store: PairStore,
    draw: Draw,
    *,
    template: str,
    encoded: EncodedPairs | None = None,
    tokenizer: Any = None,
    limit: int = 10,
) -> Iterator[Example]:
    """Yield the first documents of a draw, whose order is random.

    With `encoded` and `tokenizer`, the token ids that the model is trained on are decoded, special
    tokens included. Otherwise the texts are shown.
    """
    documents = list(zip(draw.prompts, draw.answers, strict=True))[:limit]
    pairs = dict(store.read([row for document in documents for row in document]))
    for prompt_row, answer_row in documents:
        pair, answer_pair = pairs[prompt_row], pairs[answer_row]
        tokens = target_tokens = None
        if encoded is None or tokenizer is None:
            masked = render_prompt(template, pair.instruction, tokenizer)
            target = answer_pair.response + END_OF_TEXT
        else:
            prompt, answer = encoded.prompt(prompt_row), encoded.answer(answer_row)
            masked, target = tokenizer.decode(prompt.tolist()), tokenizer.decode(answer.tolist())
            tokens, target_tokens = len(prompt) + len(answer), len(answer)
        yield Example(
            pair_id=pair.id,
            answer_id=answer_pair.id,
            language=pair.language,
            origin=pair.origin,
            masked=masked,
            target=target,
            tokens=tokens,
            target_tokens=target_tokens,
        )


def printable(text: str) -> str:
    """Escape control characters, so that a text cannot steer a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
