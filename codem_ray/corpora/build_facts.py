"""Counts of the rows of a build."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.wording import plural

QUOTED_BROKEN_ROWS = 3
QUOTED_NAMES = 8
MAX_NAMES = 200
"""Unregistered names of languages that are counted separately."""
OTHER_NAMES = "(other names)"
MAX_NAME_CHARACTERS = 40
_READING_REASONS = (
    DropReason.BROKEN_ROW,
    DropReason.NOT_WANTED,
    DropReason.OTHER_LANGUAGE,
    DropReason.UNKNOWN_LANGUAGE,
)
"""Reasons of the reader, which say nothing about the quality of a corpus: a corpus of all languages
has many such rows in a sweep of two languages."""

Counts = dict[str, dict[str, int]]


@dataclass(kw_only=True, slots=True)
class BuildFacts:
    """Counts of a build. All keys are strings, as in JSON."""

    digests: list[str] = field(default_factory=list)
    """Digest of each corpus."""
    rows: dict[str, int] = field(default_factory=dict)
    """Number of rows by corpus."""
    kept: Counts = field(default_factory=dict)
    """Pairs by corpus and language."""
    dropped: Counts = field(default_factory=dict)
    """Rows by corpus and reason."""
    evidence: Counts = field(default_factory=dict)
    """Kept pairs by language and kind of evidence for it."""
    overlap: dict[str, int] = field(default_factory=dict)
    """Contaminated pairs by benchmark."""
    licences: Counts = field(default_factory=dict)
    """Kept pairs by corpus and licence."""
    broken: list[str] = field(default_factory=list)
    """The first broken rows."""
    scripts_stripped: int = 0
    """HTML pairs from which a script was removed."""
    unregistered_names: dict[str, int] = field(default_factory=dict)
    """Dropped rows by the name that they give their language, if no registered one has it."""
    left_turns: int = 0
    """Turns of conversations that are not in their pairs."""
    cut_conversations: int = 0
    """Pairs that are a part of their conversation."""

    def dropped_by_reason(self) -> dict[str, int]:
        """Return all dropped rows by reason, in the order of DropReason."""
        total = _total(self.dropped)
        return {reason.value: total[reason] for reason in DropReason if total[reason]}

    def drop_summary(self) -> str:
        """Return the number of pairs that cleaning dropped, by reason, as text."""
        return ", ".join(
            f"{count:,} {reason}"
            for reason, count in self.dropped_by_reason().items()
            if reason not in _READING_REASONS
        )

    def notes(self) -> list[str]:
        """Return notes on rows in unregistered languages and on turns that are left out."""
        notes = []
        if self.unregistered_names:
            ordered = sorted(self.unregistered_names.items(), key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{name!r} {count:,}" for name, count in ordered[:QUOTED_NAMES])
            more = f" and {len(ordered) - QUOTED_NAMES} more" if len(ordered) > QUOTED_NAMES else ""
            notes.append(
                f"{plural(sum(self.unregistered_names.values()), 'row')} not trained on, with "
                f"names that no known language has: {shown}{more}; `codem-ray data --dropped "
                "other_language` lists them"
            )
        if self.left_turns:
            notes.append(
                f"{plural(self.left_turns, 'turn')} of "
                f"{plural(self.cut_conversations, 'conversation')} left out: a pair is the first "
                "exchange of its conversation"
            )
        return notes

    def kept_by_language(self) -> dict[str, int]:
        """Return all kept pairs by language."""
        return dict(_total(self.kept))

    def count(self, row: Pair | DroppedRow) -> None:
        """Count a kept pair or a dropped row."""
        corpus = str(row.corpus)
        _increment(self.rows, corpus)
        if isinstance(row, Pair):
            self.left_turns += row.left_turns
            self.cut_conversations += row.left_turns > 0
            _increment(self.kept.setdefault(corpus, {}), row.language)
            _increment(self.licences.setdefault(corpus, {}), row.licence)
            _increment(self.evidence.setdefault(row.language, {}), row.evidence.partition(" ")[0])
            return
        _increment(self.dropped.setdefault(corpus, {}), row.reason.value)
        if row.unregistered_name:
            name = row.unregistered_name.lower()[:MAX_NAME_CHARACTERS]
            names = self.unregistered_names
            _increment(names, name if name in names or len(names) < MAX_NAMES else OTHER_NAMES)
        if row.benchmark:
            _increment(self.overlap, row.benchmark)
        if row.reason is DropReason.BROKEN_ROW and len(self.broken) < QUOTED_BROKEN_ROWS:
            self.broken.append(f"{row.pair_id}: {row.detail}")


def _increment(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _total(counts: Counts) -> Counter[str]:
    """Add up the inner counts."""
    return sum(map(Counter, counts.values()), Counter())
