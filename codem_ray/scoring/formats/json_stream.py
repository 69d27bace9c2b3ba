"""Read the items of one array in a JSON document without holding the document in memory.

The library ijson would be shorter, but refuses what harnesses write: NaN, integers beyond 64 bits,
and half a surrogate pair, which it replaces by a question mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from codem_ray.errors import DataError

_CHUNK = 1 << 16
_AFTER_VALUE = tuple(" \t\r\n,]}:")


def array_items(stream: IO[str], source: str, key: str | None = None) -> Iterator[Any]:
    """Yield the items of the document's array, or of the array under a key of its object.

    Raises:
        DataError: the document is broken, or holds no such array; names the place.
    """
    cursor = _Cursor(stream, source)
    if key is None:
        yield from cursor.items()
        return
    cursor.expect("{")
    while cursor.peek() != "}":
        name = cursor.value()
        cursor.expect(":")
        if name == key and cursor.peek() == "[":
            yield from cursor.items()
            return
        cursor.value()
        if cursor.peek() == ",":
            cursor.expect(",")
    raise DataError(f"{source}: holds no list {key!r}")


class _Cursor:
    """Reads one value after another and forgets the text before it."""

    def __init__(self, stream: IO[str], source: str) -> None:
        self._stream, self._source = stream, source
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._position = 0
        """Index in `_text` of the next character to read."""
        self._num_forgotten = 0
        self._is_at_end = False

    def items(self) -> Iterator[Any]:
        self.expect("[")
        while self.peek() != "]":
            yield self.value()
            if self.peek() not in ",]":
                raise self._broken("a comma is missing")
            if self.peek() == ",":
                self.expect(",")

    def peek(self) -> str:
        while True:
            while self._position < len(self._text) and self._text[self._position] in " \t\r\n":
                self._position += 1
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read():
                raise self._broken("it ends too early")

    def expect(self, char: str) -> None:
        if self.peek() != char:
            raise self._broken(f"{char!r} is expected")
        self._position += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if not self._read():
                    raise self._broken(error.msg) from error
                continue
            except RecursionError as error:
                raise self._broken("it is nested too deeply") from error
            # A number may continue after the text read so far: the decoder takes `1.5e` as 1.5.
            if self._text[end : end + 1] in _AFTER_VALUE or not self._read():
                self._position = end
                return value

    def _read(self) -> bool:
        """Read more text; return whether there was any."""
        if self._is_at_end:
            return False
        self._num_forgotten += self._position
        rest = self._text[self._position :]
        # Double the text each time, so that a large value is parsed a few times only.
        more = self._stream.read(max(_CHUNK, len(rest)))
        self._is_at_end = not more
        self._text, self._position = rest + more, 0
        return bool(more)

    def _broken(self, problem: str) -> DataError:
        place = self._num_forgotten + self._position
        return DataError(f"{self._source}, character {place}: broken JSON: {problem}")
