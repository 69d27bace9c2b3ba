"""Drops pairs that must not be trained on, and counts why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from codem_ray.data.corpora import Pair

NGRAM_WORDS = 10
_WORD = re.compile(r"\w+")


class DropReason(StrEnum):
    """Why a pair was dropped."""

    EMPTY_ANSWER = "empty_answer"
    DUPLICATE = "duplicate"
    """Instruction and answer are those of an earlier pair."""
    CONTAMINATED = "contaminated"
    """Shares a run of words with a benchmark."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A pair that was dropped."""

    pair_id: str
    reason: DropReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The pairs that are left and those that are not."""

    pairs: tuple[Pair, ...]
    dropped: tuple[Dropped, ...]

    def counts(self) -> Mapping[str, int]:
        """Return how many pairs were dropped, by reason; every reason is named."""
        found = Counter(drop.reason for drop in self.dropped)
        return {reason.value: found[reason] for reason in DropReason}


def clean(pairs: Iterable[Pair], *, benchmark_texts: Iterable[str] = ()) -> Cleaned:
    """Drop empty answers, exact duplicates and pairs that share a 10-gram of words with a text.

    Words are compared in lower case, without punctuation.
    """
    forbidden = {gram for text in benchmark_texts for gram in _ngrams(text)}
    kept: list[Pair] = []
    dropped: list[Dropped] = []
    seen: dict[tuple[str, str], str] = {}
    for pair in pairs:
        key = (pair.instruction.strip(), pair.response.strip())
        if not key[1]:
            dropped.append(Dropped(pair.id, DropReason.EMPTY_ANSWER))
            continue
        if key in seen:
            dropped.append(Dropped(pair.id, DropReason.DUPLICATE, f"of {seen[key]}"))
            continue
        seen[key] = pair.id
        shared = _shared(pair, forbidden)
        if shared is not None:
            dropped.append(Dropped(pair.id, DropReason.CONTAMINATED, shared))
            continue
        kept.append(pair)
    return Cleaned(tuple(kept), tuple(dropped))


def _ngrams(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    for start in range(len(words) - NGRAM_WORDS + 1):
        yield " ".join(words[start : start + NGRAM_WORDS])


def _shared(pair: Pair, forbidden: set[str]) -> str | None:
    if not forbidden:
        return None
    for text in (pair.instruction, pair.response):
        for gram in _ngrams(text):
            if gram in forbidden:
                return gram
    return None
