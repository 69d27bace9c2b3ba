"""Instruction pairs on their way from a corpus to a source, with what became of those dropped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DropReason(StrEnum):
    """Why a row of a corpus is not trained on."""

    BROKEN_ROW = "broken_row"
    """It holds no pair."""
    UNKNOWN_LANGUAGE = "unknown_language"
    OTHER_LANGUAGE = "other_language"
    """A language that the system does not know."""
    NOT_WANTED = "not_wanted"
    """A language that the system knows and this sweep does not ask for."""
    EMPTY_ANSWER = "empty_answer"
    TRUNCATED = "truncated"
    """The answer breaks off."""
    DOES_NOT_PARSE = "does_not_parse"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    """Instruction and answer are those of an earlier pair, white space apart."""
    NEAR_DUPLICATE = "near_duplicate"
    CONTAMINATED = "contaminated"
    """Shares text or code with a benchmark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One instruction and its answer."""

    id: str
    """From the row, else `file:line`; the same on every machine, and no two are equal."""
    instruction: str
    """With the row's input, if it has one."""
    response: str
    language: str
    """Name of a known language, or `prose`."""
    origin: str
    """File or dataset that it comes from."""
    licence: str = "unknown"
    evidence: str = ""
    """What told its language."""
    corpus: int = 0
    """Place of its corpus in the sweep file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A row of a corpus that became no pair of the sweep."""

    pair_id: str
    """Its own id, else `file:line`."""
    origin: str
    corpus: int
    reason: DropReason
    detail: str
    """What is wrong with it, or its language and what told it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A pair that was dropped."""

    pair_id: str
    reason: DropReason
    detail: str = ""
    benchmark: str = ""
    """The one that a contaminated pair shares with."""
