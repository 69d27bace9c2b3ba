"""Guesses tokens from characters, where no tokenizer is at hand."""

from __future__ import annotations

from codem_ray.corpora.pair_index import PairIndex
from codem_ray.tokens.drawing import Phases
from codem_ray.tokens.prompt_template import NAMED

CHARACTERS_PER_TOKEN = 3.5
FEWEST_CHARACTERS_PER_TOKEN = 2.0
"""A pair that would be too long at this rate may be too long."""
_PLACE = len("{{ instruction }}")


def estimated_target_tokens(index: PairIndex) -> list[int]:
    """Guess the answer tokens of each row, the end of sequence included."""
    return [1 + round(count / CHARACTERS_PER_TOKEN) for count in index.answer_characters]


def estimated_tokens(index: PairIndex, phases: Phases, template: str) -> int:
    """Guess the tokens of a source's documents."""
    characters = sum(
        index.prompt_characters[prompt] + index.answer_characters[answer]
        for draw in phases
        for prompt, answer in zip(draw.prompts, draw.answers, strict=True)
    )
    documents = sum(len(draw.prompts) for draw in phases)
    return round((characters + documents * _around(template)) / CHARACTERS_PER_TOKEN)


def may_be_too_long(index: PairIndex, template: str, max_tokens: int) -> int:
    """Count the pairs that may have more tokens than a row."""
    most = max_tokens * FEWEST_CHARACTERS_PER_TOKEN - _around(template)
    return sum(index.characters(row) > most for row in range(len(index)))


def _around(template: str) -> int:
    """Return how many characters a template adds."""
    return max(0, len(NAMED.get(template, template)) - _PLACE)
