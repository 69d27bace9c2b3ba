"""Open a file of completions in any of the known formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import DataError
from codem_ray.scoring.formats.bigcode import BIGCODE
from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead
from codem_ray.scoring.formats.human_eval import HUMAN_EVAL
from codem_ray.scoring.formats.inspect_ai import INSPECT_AI
from codem_ray.scoring.formats.lm_eval import LM_EVAL
from codem_ray.scoring.formats.reading import Row, read_start

FORMATS = (INSPECT_AI, LM_EVAL, HUMAN_EVAL, BIGCODE)
"""The first one that matches a file reads it."""


@dataclass(frozen=True, slots=True)
class CompletionFile:
    """A file of completions. Each iteration reads it again, a piece at a time."""

    path: Path
    format: CompletionFormat

    def __iter__(self) -> Iterator[Entry]:
        return self.format.read(self.path)


def open_completions(path: Path) -> CompletionFile:
    """Recognise the format of a file of completions by its content.

    Raises:
        DataError: the file is missing, empty, binary, or in no known format.
    """
    head = FileHead(path, read_start(path))
    if not head.start:
        raise _refused(path, "is empty")
    if b"\0" in head.start and not head.is_zip:
        raise _refused(path, "is binary")
    for known in FORMATS:
        if known.matches(head):
            return CompletionFile(path, known)
    raise _unrecognised(head)


def _unrecognised(head: FileHead) -> DataError:
    rows = [row for row in head.rows if isinstance(row, Row)]
    if rows:
        fields = ", ".join(sorted(rows[0].fields))
        return _refused(head.path, f"rows with the fields {fields} are in no known format")
    if head.is_list:
        kinds = ", ".join(sorted({type(item).__name__ for item in head.items})) or "nothing"
        return _refused(head.path, f"is a list of {kinds}, which is no known format")
    return _refused(head.path, f"no row can be read ({head.rows[0]})")


def _refused(path: Path, problem: str) -> DataError:
    formats = "".join(f"\n  {known.name:<20}  {known.description}" for known in FORMATS)
    return DataError(f"{path}: {problem}; known formats are{formats}")
