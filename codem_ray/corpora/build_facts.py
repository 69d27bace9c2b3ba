"""Counts of the rows of a build."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair

QUOTED_BROKEN_ROWS = 3
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

    def kept_by_language(self) -> dict[str, int]:
        """Return all kept pairs by language."""
        return dict(_total(self.kept))

    def count(self, row: Pair | DroppedRow) -> None:
        """Count a kept pair or a dropped row."""
        corpus = str(row.corpus)
        _increment(self.rows, corpus)
        if isinstance(row, Pair):
            _increment(self.kept.setdefault(corpus, {}), row.language)
            _increment(self.licences.setdefault(corpus, {}), row.licence)
            _increment(self.evidence.setdefault(row.language, {}), row.evidence.partition(" ")[0])
            return
        _increment(self.dropped.setdefault(corpus, {}), row.reason.value)
        if row.benchmark:
            _increment(self.overlap, row.benchmark)
        if row.reason is DropReason.BROKEN_ROW and len(self.broken) < QUOTED_BROKEN_ROWS:
            self.broken.append(f"{row.pair_id}: {row.detail}")


def _increment(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _total(counts: Counts) -> Counter[str]:
    """Add up the inner counts."""
    return sum(map(Counter, counts.values()), Counter())
