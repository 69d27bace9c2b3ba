"""JSON arrays larger than memory, read one element at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO

CHUNK_CHARACTERS = 1 << 20
MAX_ELEMENT_CHARACTERS = 64 << 20
"""Longest element; a file whose element does not end by then is refused."""
_NOT_SPACE = re.compile(r"\S")


def array_elements(file: IO[str]) -> Iterator[object]:
    """Yield the elements of the array in a file; raise ValueError where it is not valid JSON."""
    buffer = _Buffer(file)
    number, opening = 0, "["
    while True:
        character = buffer.next_character()
        if character == "]" and number:
            break
        if character != opening:
            raise ValueError(f"{opening!r} or ']' expected after {number} elements")
        buffer.position += 1
        if not number and buffer.next_character() == "]":
            break
        number, opening = number + 1, ","
        yield buffer.decode(number)
    buffer.position += 1
    if buffer.next_character():
        raise ValueError("there is text after the array")


class _Buffer:
    """The part of a file that is being decoded."""

    def __init__(self, file: IO[str]) -> None:
        self.position = 0
        self._file, self._text, self._is_at_end = file, "", False
        self._decoder = json.JSONDecoder()

    def next_character(self) -> str:
        """Skip white space and return the character after it; empty at the end of the file."""
        while True:
            found = _NOT_SPACE.search(self._text, self.position)
            self.position = found.start() if found else len(self._text)
            if self.position < len(self._text) or self._is_at_end:
                return self._text[self.position : self.position + 1]
            self._read_more()

    def decode(self, number: int) -> object:
        """Decode one value and skip it."""
        while True:
            problem = "the file ends inside it"
            self.next_character()
            try:
                value, end = self._decoder.raw_decode(self._text, self.position)
            except RecursionError as error:
                raise ValueError(f"element {number} is nested too deeply") from error
            except ValueError as error:
                problem = str(error)
            else:
                # A number at the end of the buffer may continue in the next chunk.
                if end < len(self._text) or self._is_at_end:
                    self.position = end
                    return value
            if self._is_at_end or len(self._text) - self.position > MAX_ELEMENT_CHARACTERS:
                raise ValueError(f"element {number}: {problem}")
            self._read_more()

    def _read_more(self) -> None:
        rest = self._text[self.position :]
        # Doubling bounds the work: each attempt decodes the element from its start.
        chunk = self._file.read(max(CHUNK_CHARACTERS, len(rest)))
        self._text, self.position, self._is_at_end = rest + chunk, 0, not chunk
