"""Read completions by task: a JSON object from task id to samples, or a folder for each task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codem_ray.errors import DataError
from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import Row, UnusableRow, broken, read_rows, unanswered
from codem_ray.scoring.formats.texts import written_texts

_PROGRAM = re.compile(r"\d+\.\w+")
"""EvalPlus's name of a sample's file, as in `0.py`."""


def program_files(folder: Path) -> list[Path]:
    """Return the samples of a folder in which each task has a folder of numbered files."""
    files = [
        file
        for task in sorted(folder.iterdir())
        if task.is_dir() and not task.name.startswith(".")
        for file in task.iterdir()
        if _PROGRAM.fullmatch(file.name) and file.is_file()
    ]
    return sorted(files, key=lambda file: (file.parent.name, int(file.stem)))


def _read_folder(folder: Path) -> Iterator[Entry]:
    for file in program_files(folder):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
        yield WrittenCompletion(
            location=str(file),
            possible_ids=(file.parent.name,),
            text=text,
            fields={"completion": text},
        )


def _matches_object(head: FileHead) -> bool:
    return head.has_row(_is_object)


def _is_object(row: Mapping[str, Any]) -> bool:
    tasks = _tasks(row)
    return bool(tasks) and all(_is_task(key, value) for key, value in tasks.items())


def _tasks(row: Mapping[str, Any]) -> Mapping[str, Any]:
    # EvalPlus keeps its results below `eval`.
    results = row.get("eval")
    return results if isinstance(results, Mapping) else row


def _is_task(key: str, value: Any) -> bool:
    # The names of ordinary fields have no number.
    has_number = any(map(str.isdigit, key))
    return has_number and isinstance(value, str | list) and written_texts(value) is not None


def _read_object(path: Path) -> Iterator[Entry]:
    for row in read_rows(path):
        if isinstance(row, UnusableRow):
            yield row
            continue
        for task_id, value in _tasks(row.fields).items():
            yield from _entries(row, task_id, value if isinstance(value, list) else [value])


def _entries(row: Row, task_id: str, samples: list[Any]) -> Iterator[Entry]:
    location = f"{row.location}, {task_id}"
    if not samples:
        yield unanswered(location, "has no samples")
    for sample in samples:
        texts = written_texts(sample)
        if texts is None:
            yield broken(location, "a sample holds no text")
            continue
        for text in texts:
            if text is None:
                yield unanswered(location, "a sample is null")
                continue
            yield WrittenCompletion(
                location=location,
                possible_ids=(task_id,),
                text=text,
                fields={"completion": text},
                passed=_verdict(sample),
            )


def _verdict(sample: Any) -> bool | None:
    """Return EvalPlus's verdict if it is the same with and without the added tests."""
    if not isinstance(sample, Mapping) or "base_status" not in sample:
        return None
    base = sample["base_status"] == "pass"
    plus = sample.get("plus_status")
    return base if plus is None or (plus == "pass") is base else None


TASK_OBJECT = CompletionFormat(
    name="samples by task",
    description="a JSON object from task id to a text or list of texts, or EvalPlus's results",
    matches=_matches_object,
    read=_read_object,
)
TASK_FOLDERS = CompletionFormat(
    name="EvalPlus folder",
    description="a folder for each task, as HumanEval_0, with programs 0.py, 1.py, ... in it",
    matches=lambda head: head.path.is_dir(),
    read=_read_folder,
)
