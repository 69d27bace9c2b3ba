"""Pairs that are held out of training, with their near-duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from codem_ray.corpora.near_duplicates import signature
from codem_ray.corpora.pair_index import PairIndex
from codem_ray.corpora.pair_store import PairStore
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.word_hashes import word_hashes, words_of
from codem_ray.errors import DataError

HELD_OUT_VERSION = 1
"""Increased when a release chooses other pairs from the same store."""
MIN_SIMILARITY = 0.5
"""Least share of three-word sequences that near-duplicates have in common. Cleaning drops pairs
with more in common than `data.cleaning.near_duplicates`, so what is left to find here is looser."""
MIN_WORDS = 30
"""Instructions and responses with fewer words are compared as parts of the whole text only: short
ones, such as `write a function that sorts a list`, are alike without being the same."""
_CHUNK_PAIRS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOut:
    """Rows of a store that no source may draw."""

    rows: Mapping[str, Sequence[int]]
    """Held-out pairs of each language."""
    near: Sequence[int]
    """Near-duplicates of held-out pairs."""

    def excluded(self) -> frozenset[int]:
        """Return the held-out rows and their near-duplicates."""
        return frozenset(chain(self.near, *self.rows.values()))


def hold_out(store: PairStore, languages: Sequence[str], count: int, seed: int) -> HeldOut:
    """Choose `count` pairs of each language, and find their near-duplicates in any language.

    The choice depends on the texts and the seed alone, not on a tokenizer.

    Raises DataError if a language has fewer pairs.
    """
    rows = choose_rows(store.index, languages, count, seed)
    return HeldOut(rows=rows, near=find_near(store, list(chain(*rows.values()))))


def choose_rows(
    index: PairIndex, languages: Sequence[str], count: int, seed: int
) -> dict[str, list[int]]:
    """Return `count` rows of each language, the first in an order by hash of text and seed.

    Raises DataError if a language has fewer.
    """
    ranked = index.ranked(seed, purpose="hold out")
    supplies = {name: len(ranked.get(name, ())) for name in languages}
    short = {name: supply for name, supply in supplies.items() if supply < count}
    if short:
        listed = ", ".join(f"{supply:,} in {name}" for name, supply in short.items())
        raise DataError(
            f"evaluation.loss.pairs is {count}, but after cleaning the corpora have {listed}: "
            "lower it, add a corpus, or use evaluation.loss.references instead"
        )
    return {name: ranked[name][:count].tolist() for name in languages}


def find_near(store: PairStore, held: Sequence[int]) -> list[int]:
    """Return the other rows whose text, instruction or response is like that of a held-out pair."""
    known: dict[int, list[NDArray[np.float32]]] = {}
    for _, pair in store.read(held):
        for kind, bits in _signatures(pair):
            known.setdefault(kind, []).append(bits)
    matrices = {kind: np.stack(signatures).T for kind, signatures in known.items()}
    taken: set[int] = set(held)
    near: list[int] = []
    pairs = store.read()
    while chunk := list(islice(pairs, _CHUNK_PAIRS)):
        found: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for row, pair in chunk:
            if row not in taken:
                for kind, bits in _signatures(pair):
                    found.setdefault(kind, []).append((row, bits))
        near += _alike(found, matrices)
    return sorted(set(near))


def _alike(
    found: Mapping[int, Sequence[tuple[int, NDArray[np.float32]]]],
    matrices: Mapping[int, NDArray[np.float32]],
) -> Iterator[int]:
    for kind in found.keys() & matrices.keys():
        similarities = np.stack([bits for _, bits in found[kind]]) @ matrices[kind]
        for place in np.flatnonzero(similarities.max(axis=1) >= MIN_SIMILARITY).tolist():
            yield found[kind][place][0]


def _signatures(pair: Pair) -> Iterable[tuple[int, NDArray[np.float32]]]:
    """Yield the signature of the whole text, and those of its parts that have enough words."""
    instruction, response = words_of(pair.instruction), words_of(pair.response)
    for kind, words in enumerate(([*instruction, *response], instruction, response)):
        if words and (kind == 0 or len(words) >= MIN_WORDS):
            yield kind, signature(word_hashes(words))
