"""Facts about each kept pair that suffice to draw pairs without reading their texts."""

from __future__ import annotations

import hashlib
import zipfile
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError

_COLUMNS = {"language": "B", "corpus": "H", "prompt_characters": "I", "answer_characters": "I"}
"""Attributes of PairIndex that are arrays, with their type codes."""
_CONTENT_BYTES, _ANSWER_BYTES = 16, 8


class PairIndex:
    """Language, corpus, lengths and digests of each row of a store of pairs; 35 bytes a row.

    The columns are standard arrays, which give Python integers.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        """Languages, in the order of their first row."""
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
        self._content += hashlib.sha256(text.encode()).digest()[:_CONTENT_BYTES]
        self._answer += hashlib.sha256(pair.response.strip().encode()).digest()[:_ANSWER_BYTES]

    def content_digest(self, row: int) -> bytes:
        """Return a hash of a row's language and texts."""
        return bytes(self._content[_CONTENT_BYTES * row : _CONTENT_BYTES * (row + 1)])

    def answer_digest(self, row: int) -> bytes:
        """Return a hash of a row's response without surrounding white space."""
        return bytes(self._answer[_ANSWER_BYTES * row : _ANSWER_BYTES * (row + 1)])

    def language_of(self, row: int) -> str:
        """Return the language of a row."""
        return self.names[self.language[row]]

    def characters(self, row: int) -> int:
        """Return the characters of a row's instruction and response."""
        return self.prompt_characters[row] + self.answer_characters[row]

    def ranked(
        self,
        seed: int,
        is_fit: Callable[[int], bool] = lambda row: True,
        *,
        purpose: str = "draw",
    ) -> Mapping[str, array[int]]:
        """Return the rows of each language in drawing order, those that do not fit left out.

        Rows are ordered by a hash of seed and content, so the order depends neither on the order of
        reading nor on other pairs. Each purpose has an order of its own.
        """
        salt = hashlib.sha256(f"{purpose}/{seed}".encode()).digest()
        by_language: dict[str, array[int]] = {}
        for row in filter(is_fit, range(len(self))):
            by_language.setdefault(self.language_of(row), array("q")).append(row)

        def rank(row: int) -> bytes:
            return hashlib.sha256(salt + self.content_digest(row)).digest()[:_CONTENT_BYTES]

        return {name: array("q", sorted(rows, key=rank)) for name, rows in by_language.items()}

    def digest(self) -> str:
        """Return a hash of all pairs in their order."""
        return hashlib.sha256(self._content).hexdigest()[:16]

    def write(self, path: Path) -> None:
        """Write the index to an .npz file."""
        import numpy as np

        np.savez(
            path,
            names=np.asarray(self.names, dtype=np.str_),
            language=np.asarray(self.language),
            corpus=np.asarray(self.corpus),
            prompt_characters=np.asarray(self.prompt_characters),
            answer_characters=np.asarray(self.answer_characters),
            content=np.frombuffer(self._content, dtype=np.uint8),
            answer=np.frombuffer(self._answer, dtype=np.uint8),
        )

    @classmethod
    def read(cls, path: Path) -> PairIndex:
        """Read a file that `write` wrote; raise DataError if it is damaged."""
        import numpy as np

        index = cls()
        try:
            with path.open("rb") as stream, np.load(stream) as file:
                index.names = file["names"].tolist()
                for name, code in _COLUMNS.items():
                    setattr(index, name, array(code, file[name].astype(code).tobytes()))
                index._content = bytearray(file["content"].tobytes())
                index._answer = bytearray(file["answer"].tobytes())
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{path}: the index of pairs cannot be read ({error}): delete its folder and run "
                "again"
            ) from error
        return index
