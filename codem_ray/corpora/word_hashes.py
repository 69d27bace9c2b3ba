"""The words of a text and hashes of word runs, the same on every machine."""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_WORD = re.compile(r"\w+")
_ODD = np.uint64(0x9E3779B97F4A7C15)


class HashedWords(NamedTuple):
    """The words of a text with their hashes."""

    words: list[str]
    hashes: Hashes

    @classmethod
    def of(cls, text: str) -> HashedWords:
        """Split a text into words and hash them."""
        words = words_of(text)
        return cls(words, word_hashes(words))


def words_of(text: str) -> list[str]:
    """Return the words in lower case, without punctuation."""
    return _WORD.findall(text.lower())


def word_hashes(words: list[str]) -> Hashes:
    """Return a hash for each word: [words]."""
    checksums = (crc32(word.encode("utf-8", "replace")) for word in words)
    return mix(np.fromiter(checksums, dtype=np.uint64, count=len(words)))


def run_hashes(hashes: Hashes, length: int) -> Hashes:
    """Return a hash for each run of `length` words: [words - length + 1], or empty."""
    count = len(hashes) - length + 1
    if count <= 0:
        return hashes[:0]
    runs = hashes[:count].copy()
    for offset in range(1, length):
        runs *= _ODD
        runs += hashes[offset : offset + count]
    return mix(runs)


def mix(values: Hashes) -> Hashes:
    """Spread every bit over the whole number (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
