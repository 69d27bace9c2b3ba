"""Documents as the model sees them, with what carries loss told from what does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codem_ray.corpora.pair_store import PairStore
from codem_ray.tokens.drawing import Draw
from codem_ray.tokens.encoding import EncodedPairs
from codem_ray.tokens.prompt_template import render_prompt

END_OF_TEXT = "<end of text>"
"""Stands for the tokenizer's own mark where there is no tokenizer."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One document of a draw."""

    pair_id: str
    answer_id: str
    """The pair whose answer stands there: another one in `shuffled`."""
    language: str
    origin: str
    masked: str
    """The part that carries no loss."""
    target: str
    """The part that does, its end included."""
    tokens: int | None
    target_tokens: int | None


def examples(
    store: PairStore,
    draw: Draw,
    *,
    template: str,
    encoded: EncodedPairs | None = None,
    tokenizer: Any = None,
    most: int = 10,
) -> Iterator[Example]:
    """Yield the first documents of a draw, which is in random order.

    With token ids these are decoded, special tokens shown: that is what the model gets. Without
    them the texts are shown.
    """
    chosen = list(zip(draw.prompts, draw.answers, strict=True))[:most]
    pairs = dict(store.read([row for both in chosen for row in both]))
    for prompt_row, answer_row in chosen:
        pair, other = pairs[prompt_row], pairs[answer_row]
        tokens = target_tokens = None
        if encoded is None or tokenizer is None:
            masked = render_prompt(template, pair.instruction, tokenizer)
            target = other.response + END_OF_TEXT
        else:
            prompt, answer = encoded.prompt(prompt_row), encoded.answer(answer_row)
            masked, target = tokenizer.decode(list(prompt)), tokenizer.decode(list(answer))
            tokens, target_tokens = len(prompt) + len(answer), len(answer)
        yield Example(
            pair_id=pair.id,
            answer_id=other.id,
            language=pair.language,
            origin=pair.origin,
            masked=masked,
            target=target,
            tokens=tokens,
            target_tokens=target_tokens,
        )


def printable(text: str) -> str:
    """Return a text with control characters written out, so that it cannot steer a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
