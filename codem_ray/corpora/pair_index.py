"""What is known of each kept pair without its text: enough to draw the pairs of every source."""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError

# Standard arrays, not NumPy's: `plan` reads an index, and importing NumPy would be a third of it.
_ARRAYS = {"language": "B", "corpus": "H", "prompt_characters": "I", "answer_characters": "I"}
_CONTENT, _ANSWER = 16, 8
_MAGIC = b"codem_ray pairs 1\n"


class PairIndex:
    """Numbers of each row of a store of pairs; about 34 bytes a pair."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Languages, in the order in which they first came."""
        self.language, self.corpus = array("B"), array("H")
        self.prompt_characters, self.answer_characters = array("I"), array("I")
        self._content, self._answer = bytearray(), bytearray()

    def __len__(self) -> int:
        return len(self.language)

    def add(self, pair: Pair) -> None:
        """Append a pair."""
        if pair.language not in self.names:
            self.names.append(pair.language)
        self.language.append(self.names.index(pair.language))
        self.corpus.append(pair.corpus)
        self.prompt_characters.append(len(pair.instruction))
        self.answer_characters.append(len(pair.response))
        text = "\0".join((pair.language, pair.instruction, pair.response))
        self._content += hashlib.sha256(text.encode()).digest()[:_CONTENT]
        self._answer += hashlib.sha256(pair.response.strip().encode()).digest()[:_ANSWER]

    def content(self, row: int) -> bytes:
        """Return a hash of a row's language and texts."""
        return bytes(self._content[_CONTENT * row : _CONTENT * (row + 1)])

    def answer(self, row: int) -> bytes:
        """Return a hash of a row's answer: equal answers, equal hashes."""
        return bytes(self._answer[_ANSWER * row : _ANSWER * (row + 1)])

    def language_of(self, row: int) -> str:
        """Return the language of a row."""
        return self.names[self.language[row]]

    def characters(self, row: int) -> int:
        """Return how many characters a row has."""
        return self.prompt_characters[row] + self.answer_characters[row]

    def ranked(
        self, seed: int, is_fit: Callable[[int], bool] = lambda row: True
    ) -> Mapping[str, array[int]]:
        """Return each language's rows in the order of drawing, by language.

        The order is that of hashes of seed and content, so it depends neither on the order of
        reading nor on what else was read. Rows that are not fit are left out.
        """
        salt = hashlib.sha256(f"draw/{seed}".encode()).digest()
        by_language: dict[str, array[int]] = {}
        for row in filter(is_fit, range(len(self))):
            by_language.setdefault(self.language_of(row), array("q")).append(row)

        def rank(row: int) -> bytes:
            return hashlib.sha256(salt + self.content(row)).digest()[:_CONTENT]

        return {name: array("q", sorted(rows, key=rank)) for name, rows in by_language.items()}

    def digest(self) -> str:
        """Return a hash of all pairs in their order."""
        return hashlib.sha256(self._content).hexdigest()[:16]

    def write(self, path: Path) -> None:
        """Write the index to a file."""
        header = json.dumps({"rows": len(self), "names": self.names}).encode() + b"\n"
        with path.open("wb") as stream:
            stream.write(_MAGIC + header)
            for name in _ARRAYS:
                stream.write(_little(getattr(self, name)).tobytes())
            stream.write(self._content)
            stream.write(self._answer)

    @classmethod
    def read(cls, path: Path) -> PairIndex:
        """Read what `write` wrote; raise DataError for a file that is damaged."""
        index = cls()
        try:
            content = path.read_bytes()
            header, _, rest = content.removeprefix(_MAGIC).partition(b"\n")
            facts = json.loads(header)
            rows, index.names = int(facts["rows"]), list(facts["names"])
            at = 0
            for name, kind in _ARRAYS.items():
                values = array(kind)
                size = rows * values.itemsize
                values.frombytes(rest[at : at + size])
                setattr(index, name, _little(values))
                at += size
            index._content = bytearray(rest[at : at + rows * _CONTENT])
            index._answer = bytearray(rest[at + rows * _CONTENT :])
            is_whole = content.startswith(_MAGIC) and len(index._answer) == rows * _ANSWER
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: the index of pairs cannot be read ({error})") from error
        if not is_whole:
            raise DataError(f"{path}: the index of pairs is damaged: delete its folder, run again")
        return index


def _little(values: array[int]) -> array[int]:
    """Return the numbers in the byte order of files, which is little-endian on every machine."""
    if sys.byteorder == "little":
        return values
    swapped = array(values.typecode, values)
    swapped.byteswap()
    return swapped
