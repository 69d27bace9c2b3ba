"""The types that all formats of completion files share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from codem_ray.errors import DataError
from codem_ray.scoring.formats.reading import Row, UnusableRow, read_items, read_rows

_ROWS_EXAMINED = 20


class UnknownFormatError(DataError):
    """A file can be read and holds no completions in a known format."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenCompletion:
    """One completion as its file holds it."""

    location: str
    """Place of the completion in the file, for messages."""
    text: str
    possible_ids: tuple[str, ...] = ()
    """Candidates for the problem's task id, the likeliest first."""
    prompt: str | None = None
    """The problem's prompt, if the file holds it."""
    position: int | None = None
    """The problem's index in the benchmark, if the file names no problem."""
    language: str | None = None
    """The language of the problem, in the file's spelling, if the file states it."""
    passed: bool | None = None
    """The verdict of the tool that wrote the file, if the file holds it."""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields to copy into the scored row."""


Entry = WrittenCompletion | UnusableRow


@dataclass(frozen=True)
class FileHead:
    """The beginning of a file, by which its format is recognised."""

    path: Path
    start: bytes
    """First bytes after decompression, without byte order mark and leading white space."""

    @property
    def is_zip(self) -> bool:
        """Whether the file is a zip archive."""
        return self.start.startswith(b"PK\x03\x04")

    @property
    def is_list(self) -> bool:
        """Whether the file is one JSON list."""
        return self.start.startswith(b"[")

    @cached_property
    def items(self) -> list[Any]:
        """The first items of the JSON list; empty if the file is not a list."""
        return list(islice(read_items(self.path), _ROWS_EXAMINED)) if self.is_list else []

    @cached_property
    def rows(self) -> list[Row | UnusableRow]:
        """The first JSON lines, or the first items of the JSON list."""
        return list(islice(read_rows(self.path), _ROWS_EXAMINED))

    def has_row(self, matches: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Whether one of the first rows matches."""
        return any(isinstance(row, Row) and matches(row.fields) for row in self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class CompletionFormat:
    """A format of completion files."""

    name: str
    description: str
    """Names the fields by which it is recognised, for error messages."""
    matches: Callable[[FileHead], bool]
    read: Callable[[Path], Iterator[Entry]]
    """Yield the completions of a file in its order.

    Raises DataError, which names the place, if the file cannot be read any further.
    """
    describe: Callable[[FileHead], str] = lambda head: ""
    """Return the field that a file's text is read from, where there is a choice."""
