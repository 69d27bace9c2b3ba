"""Assigns documents to rows of equal length."""

from __future__ import annotations

import bisect
import random
from array import array
from collections.abc import Sequence


def pack(lengths: Sequence[int], *, max_tokens: int, seed: int) -> list[list[int]]:
    """Assign documents to rows by best fit, longest first, in a seeded order.

    Returns for each row the positions of its documents in `lengths`.
    """
    rng = random.Random(f"pack/{seed}")
    shuffled = array("q", range(len(lengths)))
    rng.shuffle(shuffled)
    order = array("q", sorted(shuffled, key=lambda position: -lengths[position]))
    rows: list[list[int]] = []
    rows_by_room: dict[int, list[int]] = {}
    """Rows by the number of free positions; full rows are left out."""
    rooms: list[int] = []
    """The keys of `rows_by_room`, sorted."""
    for position in order:
        length = lengths[position]
        best = bisect.bisect_left(rooms, length)
        if best == len(rooms):
            row, room = len(rows), max_tokens
            rows.append([])
        else:
            room = rooms[best]
            row = rows_by_room[room].pop()
            if not rows_by_room[room]:
                del rows_by_room[room], rooms[best]
        rows[row].append(position)
        room -= length
        if room:
            if room not in rows_by_room:
                rows_by_room[room] = []
                bisect.insort(rooms, room)
            rows_by_room[room].append(row)
    rng.shuffle(rows)
    for documents in rows:
        rng.shuffle(documents)
    return rows
