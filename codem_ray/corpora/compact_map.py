"""Remembers what was seen by 64-bit digests, in a few bytes each."""

from __future__ import annotations

import hashlib
from array import array

_FIRST_SLOTS = 1 << 10
_FULL = 0.75


def digest64(text: str) -> int:
    """Return a digest of a text that is never 0 and the same on every machine."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1


class DigestMap:
    """Numbers by digest, by open addressing: 16 to 32 bytes each."""

    def __init__(self) -> None:
        self._digests = array("Q", bytes(8 * _FIRST_SLOTS))
        self._numbers = array("I", bytes(4 * _FIRST_SLOTS))
        self._count = 0

    def get(self, digest: int) -> int | None:
        """Return the number of a digest, or None."""
        place = self._place(digest)
        return self._numbers[place] if self._digests[place] else None

    def add(self, digest: int, number: int) -> bool:
        """Keep a digest with its number, unless it is there; return whether it is new."""
        place = self._place(digest)
        if self._digests[place]:
            return False
        self._digests[place], self._numbers[place] = digest, number
        self._count += 1
        if self._count > _FULL * len(self._digests):
            self._grow()
        return True

    def _place(self, digest: int) -> int:
        digests = self._digests
        mask = len(digests) - 1
        place = digest & mask
        while (found := digests[place]) and found != digest:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        digests, numbers = self._digests, self._numbers
        slots = 2 * len(digests)
        self._digests, self._numbers = array("Q", bytes(8 * slots)), array("I", bytes(4 * slots))
        # By place: a list of all would be larger than both tables.
        for digest, number in zip(digests, numbers, strict=True):
            if digest:
                place = self._place(digest)
                self._digests[place], self._numbers[place] = digest, number


class Names:
    """Texts by number, one after the other in one block of bytes."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return self._text[start : self._ends[number]].decode("utf-8", "surrogatepass")

    def append(self, name: str) -> None:
        """Give a text the next number."""
        self._text += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))
