"""Read files of JSON rows, compressed or not, a row at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from codem_ray.errors import DataError
from codem_ray.scoring.formats.json_stream import array_items

HEAD_BYTES = 8192
_BYTE_ORDER_MARK = codecs.BOM_UTF8
_LEADING = _BYTE_ORDER_MARK + b" \t\r\n"
_UTF_16_START = re.compile(rb"[\[{]\0[^\0]\0|\0[\[{]\0[^\0]")
"""JSON in UTF-16 without a byte order mark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A JSON object with its place in the file."""

    location: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnusableRow:
    """A row without a completion."""

    location: str
    reason: str
    is_broken: bool
    """Whether the file is damaged here; otherwise the model never answered."""

    def __str__(self) -> str:
        return f"{self.location}: {self.reason}"


def broken(location: str, reason: str) -> UnusableRow:
    """Return a row that is damaged."""
    return UnusableRow(location=location, reason=reason, is_broken=True)


def unanswered(location: str, reason: str) -> UnusableRow:
    """Return a row where the model never answered."""
    return UnusableRow(location=location, reason=reason, is_broken=False)


def type_name(value: object) -> str:
    """Return a value's type with its article, for messages: "an int"."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, gzipped or not.

    Raises:
        DataError: it is UTF-16, or cannot be read to its end.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or _UTF_16_START.match(start):
        raise DataError(
            f"{path}: is UTF-16, but only UTF-8 is supported; convert it with "
            f"`iconv -f UTF-16 -t UTF-8 {path.name} > new`"
        )
    is_gzipped = start[:2] == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_gzipped else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path}: cannot be read to its end: {error}") from error


def read_start(path: Path) -> bytes:
    """Return the first bytes of a file without byte order mark and leading white space."""
    with open_bytes(path) as stream:
        return stream.read(HEAD_BYTES).lstrip(_LEADING)


def read_items(path: Path, key: str | None = None) -> Iterator[Any]:
    """Yield the items of a file's JSON list, or of the list under a key of its JSON object.

    Raises:
        DataError: the file is damaged; names the place.
    """
    with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as stream:
        try:
            yield from array_items(stream, str(path), key)
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not UTF-8: {error}") from error


def read_rows(path: Path) -> Iterator[Row | UnusableRow]:
    """Yield the rows of a file of JSON lines, or the items of a JSON list.

    A JSON object over several lines is one row.

    Raises:
        DataError: the file cannot be read any further.
    """
    if read_start(path).startswith(b"["):
        for number, item in enumerate(read_items(path), start=1):
            yield _row(f"{path}, item {number}", item)
        return
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1 and line.removeprefix(_BYTE_ORDER_MARK).strip() == b"{":
                yield _parse_line(f"{path}", b"{" + stream.read())
                return
            if line.strip():
                yield _parse_line(f"{path}, line {number}", line.removeprefix(_BYTE_ORDER_MARK))


def _parse_line(location: str, line: bytes) -> Row | UnusableRow:
    try:
        return _row(location, json.loads(line))
    except UnicodeDecodeError as error:
        return broken(location, f"not UTF-8: {error.reason}")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        return broken(location, f"broken JSON: {error.msg} in {place}column {error.colno}")
    except RecursionError:
        return broken(location, "broken JSON: it is nested too deeply")


def _row(location: str, value: Any) -> Row | UnusableRow:
    if isinstance(value, dict):
        return Row(location=location, fields=value)
    return broken(location, f"{type_name(value)} instead of a JSON object")
