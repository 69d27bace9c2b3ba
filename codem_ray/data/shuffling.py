"""Gives every instruction the answer of another pair of its language."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from codem_ray.data.index import PairIndex


def others_answers(index: PairIndex, rows: Sequence[int], *, seed: int) -> Mapping[int, int]:
    """Return, for each row, the row whose answer it gets: never one that equals its own.

    The answers are permuted within each language. Where more than half of a language's answers are
    the same, there is no such permutation, and as few of those rows as possible are left out.
    """
    by_language: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_language[index.language_of(row)].append(row)
    given: dict[int, int] = {}
    for own in by_language.values():
        given.update(_permuted(index, own, seed))
    return given


def _permuted(index: PairIndex, rows: Sequence[int], seed: int) -> dict[int, int]:
    salt = hashlib.sha256(f"shuffled/{seed}".encode()).digest()
    classes: dict[bytes, list[int]] = defaultdict(list)
    for row in rows:
        classes[hashlib.sha256(salt + index.answer(row)).digest()].append(row)
    largest = max(classes, key=lambda key: (len(classes[key]), key))
    num_others = len(rows) - len(classes[largest])
    classes[largest] = classes[largest][: max(num_others, 0)]
    # With equal answers side by side, a turn by the largest class leaves none in its own class.
    ring = [row for key in sorted(classes) for row in classes[key]]
    turn = max(len(own) for own in classes.values())
    return {row: ring[(place + turn) % len(ring)] for place, row in enumerate(ring)}
