"""Histograms of pair lengths, in bins that double in two steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FIRST_EDGE = 16
MAX_BINS = 40
_BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """The lengths of some pairs."""

    edges: tuple[int, ...]
    """Upper ends (exclusive) of the bins; one more bin holds the longer pairs."""
    counts: tuple[int, ...]
    median: int
    p95: int
    longest: int
    over: int
    """Pairs longer than the limit."""

    def bars(self) -> str:
        """Return the counts as one line of bars, at least the lowest for a bin with a pair."""
        top = max(1, *self.counts)
        steps = len(_BARS) - 1
        return "".join(_BARS[-(-count * steps // top)] for count in self.counts)


def bin_edges(longest: int, *, limit: int | None = None) -> tuple[int, ...]:
    """Return edges up to the longest length or the limit: 16, 24, 32, 48, 64, ..."""
    top = max(longest, limit or 0)
    edges = [FIRST_EDGE]
    while edges[-1] <= top and len(edges) < MAX_BINS:
        is_power_of_two = len(edges) % 2 == 1
        edges.append(edges[-1] * 3 // 2 if is_power_of_two else edges[-1] * 4 // 3)
    return tuple(edges)


def histogram(
    lengths: Sequence[int], edges: tuple[int, ...], *, limit: int | None = None
) -> Histogram:
    """Count lengths in bins, and those above the limit."""
    import numpy as np

    values = np.sort(np.asarray(lengths, dtype=np.int64))
    bins = np.searchsorted(edges, values, side="right")
    last = len(values) - 1
    return Histogram(
        edges=edges,
        counts=tuple(np.bincount(bins, minlength=len(edges) + 1).tolist()),
        median=int(values[len(values) // 2]) if len(values) else 0,
        p95=int(values[min(last, int(0.95 * len(values)))]) if len(values) else 0,
        longest=int(values[last]) if len(values) else 0,
        over=int((values > limit).sum()) if limit is not None else 0,
    )
