"""Drops pairs that must not be trained on, and counts why."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from codem_ray.records import Problem

if TYPE_CHECKING:
    from codem_ray.data.corpora import Pair

NGRAM_WORDS = 10
_WORD = re.compile(r"\w+")


class DropReason(StrEnum):
    """Why a row or a pair was dropped."""

    BROKEN_ROW = "broken_row"
    UNKNOWN_LANGUAGE = "unknown_language"
    OTHER_LANGUAGE = "other_language"
    """In a language that the system does not know."""
    NOT_WANTED = "not_wanted"
    """In a language that no source of the sweep draws on."""
    EMPTY_ANSWER = "empty_answer"
    TRUNCATED = "truncated"
    DOES_NOT_PARSE = "does_not_parse"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    """Instruction and answer are those of an earlier pair."""
    NEAR_DUPLICATE = "near_duplicate"
    CONTAMINATED = "contaminated"
    """Shares a run of words with a benchmark."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A pair that was dropped."""

    pair_id: str
    reason: DropReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CleaningOptions:
    """What of the cleaning can be switched."""

    decontaminate: bool = True


def sift(
    pairs: Iterable[Pair], *, problems: Iterable[Problem], options: CleaningOptions
) -> Iterator[tuple[Pair, Dropped | None]]:
    """Say of each pair, in order, whether it is dropped: empty answers, exact duplicates, and pairs
    that share a 10-gram of words with a problem.

    Words are compared in lower case, without punctuation.
    """
    forbidden = _forbidden(problems) if options.decontaminate else {}
    seen: dict[bytes, str] = {}
    for pair in pairs:
        answer = pair.response.strip()
        if not answer:
            yield pair, Dropped(pair.id, DropReason.EMPTY_ANSWER)
            continue
        text = "\0".join((pair.language, pair.instruction.strip(), answer))
        key = hashlib.sha256(text.encode()).digest()[:16]
        if key in seen:
            yield pair, Dropped(pair.id, DropReason.DUPLICATE, f"of {seen[key]}")
            continue
        seen[key] = pair.id
        shared = _shared(pair, forbidden)
        yield pair, Dropped(pair.id, DropReason.CONTAMINATED, shared) if shared else None


def _forbidden(problems: Iterable[Problem]) -> dict[str, str]:
    return {
        gram: f"{problem.benchmark} {problem.task_id}"
        for problem in problems
        for text in (problem.prompt, problem.instruction, problem.reference or "")
        for gram in _ngrams(text)
    }


def _ngrams(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    for start in range(len(words) - NGRAM_WORDS + 1):
        yield " ".join(words[start : start + NGRAM_WORDS])


def _shared(pair: Pair, forbidden: Mapping[str, str]) -> str | None:
    if not forbidden:
        return None
    for text in (pair.instruction, pair.response):
        for gram in _ngrams(text):
            if gram in forbidden:
                return f"{forbidden[gram]}: {gram}"
    return None
