"""Assigns documents to rows of equal length."""

from __future__ import annotations

import bisect
import random
from array import array
from collections.abc import Sequence


def pack(lengths: Sequence[int], *, max_tokens: int, seed: int) -> list[list[int]]:
    """Assign documents to rows by best fit, longest first; the order is seeded.

    Returns the places in `lengths` that stand in each row.
    """
    rng = random.Random(f"pack/{seed}")
    shuffled = array("q", range(len(lengths)))
    rng.shuffle(shuffled)
    order = array("q", sorted(shuffled, key=lambda place: -lengths[place]))
    rows: list[list[int]] = []
    with_room: dict[int, list[int]] = {}
    """Rows by the positions that they have left."""
    rooms: list[int] = []
    """Those numbers of positions, sorted."""
    for place in order:
        length = lengths[place]
        at = bisect.bisect_left(rooms, length)
        if at == len(rooms):
            row, room = len(rows), max_tokens
            rows.append([])
        else:
            room = rooms[at]
            row = with_room[room].pop()
            if not with_room[room]:
                del with_room[room], rooms[at]
        rows[row].append(place)
        left = room - length
        if left:
            if left not in with_room:
                with_room[left] = []
                bisect.insort(rooms, left)
            with_room[left].append(row)
    rng.shuffle(rows)
    for documents in rows:
        rng.shuffle(documents)
    return rows
