"""Results of reading a row of a corpus: a pair, or a dropped row with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DropReason(StrEnum):
    """Why a row of a corpus is not trained on."""

    BROKEN_ROW = "broken_row"
    """It cannot be read as a pair."""
    UNTRAINED_ANSWER = "untrained_answer"
    """The first answer of its conversation is marked `weight: 0` or `train: false`."""
    UNKNOWN_LANGUAGE = "unknown_language"
    OTHER_LANGUAGE = "other_language"
    """A language that is not in the registry."""
    NOT_WANTED = "not_wanted"
    """A language of the registry that this sweep does not use."""
    EMPTY_ANSWER = "empty_answer"
    TRUNCATED = "truncated"
    DOES_NOT_PARSE = "does_not_parse"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    """Instruction and response equal those of an earlier pair, white space ignored."""
    NEAR_DUPLICATE = "near_duplicate"
    CONTAMINATED = "contaminated"
    """It shares text or code with a benchmark."""


class RowWithoutPair(Exception):
    """No pair can be made of a row; `str()` gives the detail."""

    reason: DropReason


class BrokenRow(RowWithoutPair):
    """A row that cannot be read as a pair."""

    reason = DropReason.BROKEN_ROW


class UntrainedRow(RowWithoutPair):
    """A row whose answer is marked as not to be trained on."""

    reason = DropReason.UNTRAINED_ANSWER


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """An instruction and its response."""

    id: str
    """The row's `id` field, else `file:line`; unique in a build, the same on every machine."""
    instruction: str
    """Includes the row's `input` field and its system message, if any."""
    response: str
    language: str = ""
    """Name of a registered language, or `prose`; empty until the pair is labelled."""
    origin: str
    """Name of the file or dataset."""
    licence: str = "unknown"
    evidence: str = ""
    """Evidence for the language label."""
    corpus: int = 0
    """Position of the corpus in the sweep file, from 0."""
    left_turns: int = 0
    """Turns of the row's conversation that are not in the pair."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DroppedRow:
    """A row that is not trained on, and the reason."""

    pair_id: str
    """Id of the pair, or `file:line` for a broken row."""
    corpus: int
    origin: str
    language: str
    """Empty if the pair has no label."""
    reason: DropReason
    detail: str = ""
    benchmark: str = ""
    """The benchmark that a contaminated pair shares text with."""
    unregistered_name: str = ""
    """The name that the row gives its language, if no language of the registry has it."""

    @classmethod
    def of(
        cls,
        pair: Pair,
        reason: DropReason,
        detail: str = "",
        *,
        benchmark: str = "",
        unregistered_name: str = "",
    ) -> DroppedRow:
        """Drop a pair for a reason."""
        return cls(
            pair_id=pair.id,
            corpus=pair.corpus,
            origin=pair.origin,
            language=pair.language,
            reason=reason,
            detail=detail,
            benchmark=benchmark,
            unregistered_name=unregistered_name,
        )
