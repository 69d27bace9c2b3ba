"""Assigns documents to rows of equal length."""

from __future__ import annotations

import bisect
import random
from array import array
from collections.abc import Sequence


def one_each(num_documents: int, *, seed: int) -> list[list[int]]:
    """Give each document a row of its own, in a seeded order."""
    rows = [[index] for index in range(num_documents)]
    random.Random(f"pack/{seed}").shuffle(rows)
    return rows


def pack(lengths: Sequence[int], *, max_tokens: int, seed: int) -> list[list[int]]:
    """Assign documents to rows by best fit, longest document first.

    The seed orders documents of equal length and shuffles the result. `lengths` are in tokens; none
    may exceed `max_tokens`. Returns for each row the indices of its documents in `lengths`.
    """
    rng = random.Random(f"pack/{seed}")
    shuffled = array("q", range(len(lengths)))
    rng.shuffle(shuffled)
    order = array("q", sorted(shuffled, key=lambda index: -lengths[index]))
    rows: list[list[int]] = []
    # Rows that are not full, by their number of free tokens, and the sorted keys of this dict.
    rows_by_free_tokens: dict[int, list[int]] = {}
    free_sizes: list[int] = []
    for index in order:
        length = lengths[index]
        best = bisect.bisect_left(free_sizes, length)
        if best == len(free_sizes):
            row, free = len(rows), max_tokens
            rows.append([])
        else:
            free = free_sizes[best]
            row = rows_by_free_tokens[free].pop()
            if not rows_by_free_tokens[free]:
                del rows_by_free_tokens[free], free_sizes[best]
        rows[row].append(index)
        free -= length
        if free:
            if free not in rows_by_free_tokens:
                rows_by_free_tokens[free] = []
                bisect.insort(free_sizes, free)
            rows_by_free_tokens[free].append(row)
    rng.shuffle(rows)
    for documents in rows:
        rng.shuffle(documents)
    return rows
