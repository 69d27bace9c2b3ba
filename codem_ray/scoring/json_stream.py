"""Takes the items of one array out of a JSON document that is never held whole."""

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
    """Reads values one after the other; what is behind it is forgotten."""

    def __init__(self, stream: IO[str], source: str) -> None:
        self._stream, self._source = stream, source
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._passed = "", 0, 0
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
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read():
                raise self._broken("it ends too early")

    def expect(self, char: str) -> None:
        if self.peek() != char:
            raise self._broken(f"{char!r} is expected")
        self._at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._read():
                    raise self._broken(error.msg) from error
                continue
            except RecursionError as error:
                raise self._broken("it is nested too deeply") from error
            # A number may go on behind what was read: `1.5e` is 1.5 to the decoder, and `e` more.
            if self._text[end : end + 1] in _AFTER_VALUE or not self._read():
                self._at = end
                return value

    def _read(self) -> bool:
        """Get more text: as much again as is waiting, so that a large value is parsed seldom."""
        if self._is_at_end:
            return False
        self._passed += self._at
        waiting = self._text[self._at :]
        more = self._stream.read(max(_CHUNK, len(waiting)))
        self._is_at_end = not more
        self._text, self._at = waiting + more, 0
        return bool(more)

    def _broken(self, what: str) -> DataError:
        place = self._passed + self._at
        return DataError(f"{self._source}, character {place}: broken JSON: {what}")
