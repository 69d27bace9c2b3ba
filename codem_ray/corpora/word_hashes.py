"""Words of a text and hashes of runs of them, the same on every machine."""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_WORD = re.compile(r"\w+")
_ODD = np.uint64(0x9E3779B97F4A7C15)


def words_of(text: str) -> list[str]:
    """Return the words in lower case, without punctuation."""
    return _WORD.findall(text.lower())


def word_hashes(words: list[str]) -> Hashes:
    """Return a hash per word."""
    found = (crc32(word.encode("utf-8", "replace")) for word in words)
    return mixed(np.fromiter(found, dtype=np.uint64, count=len(words)))


class HashedWords(NamedTuple):
    """The words of a text, and a hash of each."""

    words: list[str]
    hashes: Hashes

    @classmethod
    def of(cls, text: str) -> HashedWords:
        """Take a text apart."""
        words = words_of(text)
        return cls(words, word_hashes(words))


def run_hashes(hashes: Hashes, length: int) -> Hashes:
    """Return a hash per run of `length` words, in order; none where there are fewer words."""
    count = len(hashes) - length + 1
    if count <= 0:
        return hashes[:0]
    runs = hashes[:count].copy()
    for offset in range(1, length):
        runs *= _ODD
        runs += hashes[offset : offset + count]
    return mixed(runs)


def mixed(values: Hashes) -> Hashes:
    """Spread every bit over the whole number (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
