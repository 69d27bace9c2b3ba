"""Finds a text that is nearly an earlier one by MinHash, in about 100 bytes a text."""

from __future__ import annotations

from array import array

import numpy as np

from codem_ray.corpora.word_hashes import Hashes, mixed, run_hashes

SHINGLE_WORDS = 3
BITS = 256
"""One bit of each minimum is kept (b-bit MinHash, Li and Koenig 2010): the share of text in common
is estimated to within 0.04 (one standard deviation at 0.85)."""
BANDS, BAND_ROWS = 4, 3
"""Texts that agree in all rows of a band are compared: 97.8 % of those with 0.85 in common do,
99.5 % of those with 0.9, and all that are equal."""
_MAX_ALIKE = 32
"""Texts under one key of a band that are compared and kept."""
_FIRST_SLOTS = 1 << 10
_FULL = 0.75
_CHUNK = 1024

_random = np.random.default_rng(20230831)
_FACTORS: Hashes = _random.integers(2**62, size=BITS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_SUMMANDS: Hashes = _random.integers(0, 2**63, size=BITS, dtype=np.uint64)


class NearDuplicates:
    """Texts seen so far, by number."""

    def __init__(self, threshold: float) -> None:
        """Call texts alike that have this share of their three-word runs in common."""
        # Bits of unlike texts agree half of the time.
        self._max_different = round(BITS * (1 - threshold) / 2)
        self._signatures = bytearray()
        self._bands = [_Band() for _ in range(BANDS)]

    def find_or_add(self, words: Hashes, kind: int) -> tuple[int, float] | None:
        """Return number and likeness of an earlier text that this one is nearly, or keep this one.

        Args:
            words: Hashes of its words.
            kind: Texts of different kinds are never alike.
        """
        runs = run_hashes(words, min(SHINGLE_WORDS, len(words))) if len(words) else words
        minima = _minima(mixed(runs + np.uint64(kind)))
        signature = int.from_bytes(np.packbits((minima & np.uint64(1)).astype(bool)).tobytes())
        keys = [
            hash(tuple(minima[start : start + BAND_ROWS].tolist())) & 0xFFFFFFFF
            for start in range(0, BANDS * BAND_ROWS, BAND_ROWS)
        ]
        for band, key in zip(self._bands, keys, strict=True):
            for number in band.numbers(key):
                different = (signature ^ self._signature(number)).bit_count()
                if different <= self._max_different:
                    return number, 1 - 2 * different / BITS
        number = len(self._signatures) * 8 // BITS
        self._signatures += signature.to_bytes(BITS // 8)
        for band, key in zip(self._bands, keys, strict=True):
            band.add(key, number)
        return None

    def _signature(self, number: int) -> int:
        size = BITS // 8
        return int.from_bytes(self._signatures[number * size : (number + 1) * size])


def _minima(runs: Hashes) -> Hashes:
    least = np.full(BITS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(runs), _CHUNK):
        part = runs[start : start + _CHUNK, None] * _FACTORS + _SUMMANDS
        # The low bits of a product depend on the low bits of its factors alone.
        np.minimum(least, (part >> np.uint64(24)).min(axis=0), out=least)
    return least


class _Band:
    """Numbers by 32-bit key: open addressing, 11 to 21 bytes each."""

    def __init__(self) -> None:
        self._keys = array("I", bytes(4 * _FIRST_SLOTS))
        self._numbers = array("I", bytes(4 * _FIRST_SLOTS))
        self._count = 0

    def numbers(self, key: int) -> list[int]:
        """Return the numbers under a key."""
        return self._walk(key)[0]

    def add(self, key: int, number: int) -> None:
        """Keep a number, unless there are many under that key."""
        known, place = self._walk(key)
        if len(known) >= _MAX_ALIKE:
            return
        self._keys[place], self._numbers[place] = key, number + 1
        self._count += 1
        if self._count > _FULL * len(self._keys):
            self._grow()

    def _walk(self, key: int) -> tuple[list[int], int]:
        """Return the numbers under a key, and the free place after them."""
        mask = len(self._keys) - 1
        place = key & mask
        known = []
        while number := self._numbers[place]:
            if self._keys[place] == key:
                known.append(number - 1)
            place = (place + 1) & mask
        return known, place

    def _grow(self) -> None:
        keys, numbers = self._keys, self._numbers
        slots = 2 * len(self._keys)
        self._keys, self._numbers = array("I", bytes(4 * slots)), array("I", bytes(4 * slots))
        mask = slots - 1
        for key, number in zip(keys, numbers, strict=True):
            if not number:
                continue
            place = key & mask
            while self._numbers[place]:
                place = (place + 1) & mask
            self._keys[place], self._numbers[place] = key, number
