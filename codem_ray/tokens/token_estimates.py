"""Token counts estimated from characters, for use before anything is tokenised."""

from __future__ import annotations

from codem_ray.corpora.pair_index import PairIndex
from codem_ray.prompting.templates import NAMED
from codem_ray.tokens.source_draws import Phases

CHARACTERS_PER_TOKEN = 3.5
MIN_CHARACTERS_PER_TOKEN = 2.0
"""A cautious rate: a pair that is too long at this rate may be too long in tokens."""
_PLACEHOLDER_CHARACTERS = len("{{ instruction }}")


def estimated_target_tokens(index: PairIndex) -> list[int]:
    """Estimate the answer tokens of each row, including the end of sequence."""
    return [1 + round(count / CHARACTERS_PER_TOKEN) for count in index.answer_characters]


def estimated_tokens(index: PairIndex, phases: Phases, template: str) -> int:
    """Estimate the tokens of a source's documents."""
    characters = sum(
        index.prompt_characters[prompt] + index.answer_characters[answer]
        for draw in phases
        for prompt, answer in zip(draw.prompts, draw.answers, strict=True)
    )
    documents = sum(len(draw.prompts) for draw in phases)
    characters += documents * _template_characters(template)
    return round(characters / CHARACTERS_PER_TOKEN)


def may_be_too_long(index: PairIndex, template: str, max_tokens: int) -> int:
    """Count the pairs that may have more than `max_tokens` tokens."""
    limit = max_tokens * MIN_CHARACTERS_PER_TOKEN - _template_characters(template)
    return sum(index.characters(row) > limit for row in range(len(index)))


def _template_characters(template: str) -> int:
    return max(0, len(NAMED.get(template, template)) - _PLACEHOLDER_CHARACTERS)
