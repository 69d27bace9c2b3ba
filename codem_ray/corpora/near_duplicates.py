"""Near-duplicate texts, found by b-bit MinHash and banding (Li and Koenig 2010)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from codem_ray.corpora.compact_map import CompactMap
from codem_ray.corpora.word_hashes import Hashes, mix, run_hashes

SHINGLE_WORDS = 3
BITS = 256
"""One bit of each minimum is kept. The Jaccard similarity is then estimated with a standard
deviation of 0.04 at a similarity of 0.85."""
BANDS, BAND_ROWS = 4, 3
"""Texts that agree in all rows of a band are compared: 97.8 % of those with a similarity of 0.85,
99.5 % of those with 0.9, and all equal texts."""
MAX_CANDIDATES = 32
"""Texts with the same key that are stored and compared."""
_CHUNK = 1024
"""Shingles that are hashed together: 2 MiB of products."""
_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
"""Texts with the same key are stored under key, key + step, key + 2 steps, and so on."""

_random = np.random.default_rng(20230831)
_FACTORS: Hashes = _random.integers(2**62, size=BITS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_SUMMANDS: Hashes = _random.integers(0, 2**63, size=BITS, dtype=np.uint64)


class NearDuplicates:
    """The texts seen so far, numbered from 0; about 130 bytes a text."""

    def __init__(self, threshold: float) -> None:
        """Set the least Jaccard similarity of near-duplicates, over shingles of three words."""
        # Bits of unrelated texts agree half of the time.
        self._max_different = round(BITS * (1 - threshold) / 2)
        self._signatures = bytearray()
        self._buckets = CompactMap()

    def find_or_add(self, words: Hashes, kind: int) -> tuple[int, float] | None:
        """Return number and similarity of an earlier near-duplicate, or add the text.

        Texts of different kinds are never near-duplicates.
        """
        runs = run_hashes(words, min(SHINGLE_WORDS, len(words))) if len(words) else words
        minima = _minima(mix(runs + np.uint64(kind)))
        signature = int.from_bytes(np.packbits((minima & np.uint64(1)).astype(bool)).tobytes())
        keys = [
            hash((band, *minima[band * BAND_ROWS : (band + 1) * BAND_ROWS].tolist()))
            for band in range(BANDS)
        ]
        for key in keys:
            for number in self._bucket(key):
                different = (signature ^ self._signature(number)).bit_count()
                if different <= self._max_different:
                    return number, 1 - 2 * different / BITS
        number = len(self._signatures) * 8 // BITS
        self._signatures += signature.to_bytes(BITS // 8)
        for key in keys:
            for place in _places(key):
                if self._buckets.add(place, number):
                    break
        return None

    def _bucket(self, key: int) -> Iterator[int]:
        for place in _places(key):
            number = self._buckets.get(place)
            if number is None:
                return
            yield number

    def _signature(self, number: int) -> int:
        size = BITS // 8
        return int.from_bytes(self._signatures[number * size : (number + 1) * size])


def signature(words: Hashes) -> NDArray[np.float32]:
    """Return the bits of a text of at least one word as numbers: [BITS].

    Their product with those of another text estimates the Jaccard similarity of the two.
    """
    runs = run_hashes(words, min(SHINGLE_WORDS, len(words)))
    bits = (_minima(mix(runs)) & np.uint64(1)).astype(np.float32)
    return (2 * bits - 1) / np.float32(BITS**0.5)


def _places(key: int) -> Iterator[int]:
    """Yield the keys of the map under which the texts of a bucket are stored, in order."""
    for number in range(MAX_CANDIDATES):
        yield (key + number * _STEP) & _MASK or 1


def _minima(runs: Hashes) -> Hashes:
    """Return the least value of each of the hash functions over all shingles: [BITS]."""
    least = np.full(BITS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(runs), _CHUNK):
        products = runs[start : start + _CHUNK, None] * _FACTORS + _SUMMANDS
        # The low bits of a product depend on the low bits of its factors alone.
        np.minimum(least, (products >> np.uint64(24)).min(axis=0), out=least)
    return least
