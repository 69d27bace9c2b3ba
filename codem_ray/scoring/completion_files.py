"""Open files and folders of completions in any of the known formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from codem_ray.errors import DataError
from codem_ray.scoring.formats.bigcode import BIGCODE
from codem_ray.scoring.formats.by_task import TASK_FOLDERS, TASK_OBJECT
from codem_ray.scoring.formats.entries import (
    CompletionFormat,
    Entry,
    FileHead,
    UnknownFormatError,
)
from codem_ray.scoring.formats.field_map import BY_NAME, FieldMap
from codem_ray.scoring.formats.folders import completion_paths
from codem_ray.scoring.formats.inspect_ai import INSPECT_AI
from codem_ray.scoring.formats.lm_eval import LM_EVAL
from codem_ray.scoring.formats.multipl_e_results import MULTIPL_E
from codem_ray.scoring.formats.reading import Row, read_start
from codem_ray.scoring.formats.sample_rows import require_mapped, samples_format

FORMATS = (
    INSPECT_AI,
    LM_EVAL,
    MULTIPL_E,
    samples_format(BY_NAME),
    BIGCODE,
    TASK_OBJECT,
)
"""The first one that matches a file reads it."""
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CompletionFile:
    """A file of completions. Each iteration reads it again, a piece at a time."""

    path: Path
    format: CompletionFormat
    detail: str = ""
    """The field that the text is read from, where there is a choice."""

    def __iter__(self) -> Iterator[Entry]:
        return self.format.read(self.path)


@dataclass(frozen=True, slots=True)
class CompletionFiles:
    """Files of completions that are read as one, in order."""

    files: tuple[CompletionFile, ...]
    left_out: tuple[Path, ...] = ()
    """Files of a folder that hold no completions, or repeat those of others."""

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self.files)

    @property
    def name(self) -> str:
        """The file, or the first one and the number of files, for messages."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.files[0].path}{more}"

    @property
    def description(self) -> str:
        """The formats of the files."""
        formats = dict.fromkeys(
            f"{file.format.name}{f', {file.detail}' if file.detail else ''}" for file in self.files
        )
        names = [path.name for path in self.left_out]
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        left_out = (
            f"; not read as completions: {', '.join(names[:_NAMES_SHOWN])}{more}" if names else ""
        )
        return "; ".join(formats) + left_out


def open_all(
    paths: Sequence[Path], fields: FieldMap = BY_NAME, *, exclude: Path | None = None
) -> CompletionFiles:
    """Open files, and the files in folders.

    Args:
        paths: Files or folders.
        fields: The fields that `--map` names.
        exclude: A file in one of the folders that is written to.

    Raises:
        DataError: a file is missing, empty, binary, or in no known format.
    """
    files: list[CompletionFile] = []
    left_out: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(open_completions(path, fields))
            continue
        opened, others = _open_folder(path, fields, exclude)
        files += opened
        left_out += others
    return CompletionFiles(tuple(files), tuple(left_out))


def _open_folder(
    folder: Path, fields: FieldMap, exclude: Path | None
) -> tuple[list[CompletionFile], list[Path]]:
    """Open the files of a folder; also return those that are left out."""
    paths, left_out = completion_paths(folder)
    if paths == [folder]:
        return [CompletionFile(folder, TASK_FOLDERS)], []
    files: list[CompletionFile] = []
    refusal = DataError(f"{folder}: the folder holds no other file than --out {exclude}")
    for path in paths:
        if exclude is not None and path.resolve() == exclude.resolve():
            continue
        try:
            files.append(open_completions(path, fields))
        except UnknownFormatError as error:
            # Tools write settings and problems beside completions.
            refusal = error
            left_out.append(path)
    if not files:
        raise refusal
    return files, left_out


def open_completions(path: Path, fields: FieldMap = BY_NAME) -> CompletionFile:
    """Recognise the format of a file of completions by its content.

    A file with fields that `--map` names is read as rows with these fields.

    Raises:
        DataError: the file is missing, empty, binary, or in no known format.
    """
    head = FileHead(path, read_start(path))
    if not head.start:
        raise _refused(path, "is empty")
    if b"\0" in head.start and not head.is_zip:
        raise _refused(path, "is binary")
    if fields.chosen:
        require_mapped(head, fields)
    for known in (samples_format(fields),) if fields.chosen else FORMATS:
        if known.matches(head):
            return CompletionFile(path, known, known.describe(head))
    raise _unrecognised(head)


def _unrecognised(head: FileHead) -> DataError:
    rows = [row for row in head.rows if isinstance(row, Row)]
    if rows:
        fields = ", ".join(sorted(rows[0].fields)) or "none"
        problem = (
            f"rows with the fields {fields} are in no known format; name the fields with "
            "--map task_id=NAME --map completion=NAME"
        )
        return UnknownFormatError(_message(head.path, problem))
    if head.is_list:
        kinds = ", ".join(sorted({type(item).__name__ for item in head.items})) or "nothing"
        return _refused(head.path, f"is a list of {kinds}, which is no known format")
    return _refused(head.path, f"no row can be read ({head.rows[0]})")


def _refused(path: Path, problem: str) -> DataError:
    return DataError(_message(path, problem))


def _message(path: Path, problem: str) -> str:
    known_formats = (*FORMATS, TASK_FOLDERS)
    formats = "".join(f"\n  {known.name:<20}  {known.description}" for known in known_formats)
    return f"{path}: {problem}; known formats are{formats}"
