"""A hash map from 64-bit keys to numbers that takes 16 to 32 bytes an entry.

A dict of Python integers takes 100 to 150 bytes, and cleaning keeps six entries for every pair.
"""

from __future__ import annotations

import hashlib
from array import array

_FIRST_SLOTS = 1 << 10
_MAX_LOAD = 0.75


def digest64(text: str) -> int:
    """Return a 64-bit digest of a text that is never 0 and the same on every machine."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1


class CompactMap:
    """Numbers below 2**32 by key, an integer from 1 to 2**64 - 1; open addressing."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _FIRST_SLOTS))
        self._numbers = array("I", bytes(4 * _FIRST_SLOTS))
        self._count = 0

    def get(self, key: int) -> int | None:
        """Return the number of a key, or None."""
        slot = self._slot(key)
        return self._numbers[slot] if self._keys[slot] else None

    def add(self, key: int, number: int) -> bool:
        """Add a key unless it is present; return whether it was added."""
        slot = self._slot(key)
        if self._keys[slot]:
            return False
        self._keys[slot], self._numbers[slot] = key, number
        self._count += 1
        if self._count > _MAX_LOAD * len(self._keys):
            self._grow()
        return True

    def _slot(self, key: int) -> int:
        """Return the slot of a key, or the free slot where it belongs."""
        keys = self._keys
        mask = len(keys) - 1
        slot = key & mask
        while (found := keys[slot]) and found != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        keys, numbers = self._keys, self._numbers
        slots = 2 * len(keys)
        self._keys, self._numbers = array("Q", bytes(8 * slots)), array("I", bytes(4 * slots))
        for key, number in zip(keys, numbers, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot], self._numbers[slot] = key, number
