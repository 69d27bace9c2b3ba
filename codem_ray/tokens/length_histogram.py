"""Counts of lengths in bins that grow by half and by a third in turn, and so double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST = 16
MOST_BINS = 40
_BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """How long some pairs are."""

    edges: tuple[int, ...]
    """Upper ends of the bins, the last excepted, which has none; a bin holds what is below."""
    counts: tuple[int, ...]
    median: int
    p95: int
    longest: int
    over: int
    """Pairs above the limit."""

    def bars(self) -> str:
        """Return the counts as one line of bars; a bin that is not empty shows."""
        top = max(self.counts, default=0)
        if not top:
            return _BARS[0] * len(self.counts)
        steps = len(_BARS) - 1
        return "".join(_BARS[-(-count * steps // top)] for count in self.counts)


def bin_edges(longest: int, *, limit: int | None = None) -> tuple[int, ...]:
    """Return the ends of bins up to the longest length or the limit: 16, 24, 32, 48, 64, ..."""
    top = max(longest, limit or 0)
    edges = [SMALLEST]
    while edges[-1] <= top and len(edges) < MOST_BINS:
        is_whole = len(edges) % 2 == 0
        edges.append(edges[-1] * 4 // 3 if is_whole else edges[-1] * 3 // 2)
    return tuple(edges)


def histogram(
    lengths: Sequence[int], edges: tuple[int, ...], *, limit: int | None = None
) -> Histogram:
    """Count lengths in bins; `limit` is what they are compared with."""
    ordered = sorted(lengths)
    counts = [0] * (len(edges) + 1)
    place = 0
    for length in ordered:
        while place < len(edges) and length >= edges[place]:
            place += 1
        counts[place] += 1
    return Histogram(
        edges=edges,
        counts=tuple(counts),
        median=_quantile(ordered, 0.5),
        p95=_quantile(ordered, 0.95),
        longest=ordered[-1] if ordered else 0,
        over=sum(length > limit for length in ordered) if limit is not None else 0,
    )


def _quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
