"""Read completions from the sample logs of lm-evaluation-harness (`--log_samples`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import Row, UnusableRow, broken, read_rows

_ID_FIELDS = ("task_id", "name", "id")


def _matches(head: FileHead) -> bool:
    return head.has_row(lambda row: "doc_id" in row and ("resps" in row or "filtered_resps" in row))


def _read(path: Path) -> Iterator[Entry]:
    first_filter: Any = None
    has_filter = False
    for row in read_rows(path):
        if isinstance(row, UnusableRow):
            yield row
            continue
        # A task with several filters logs each answer once for each of them, so only the rows of
        # the first filter are read.
        row_filter = row.fields.get("filter")
        if not has_filter:
            first_filter, has_filter = row_filter, True
        if row_filter == first_filter:
            yield from _entries(row)


def _entries(row: Row) -> Iterator[Entry]:
    fields = row.fields
    # `resps` is the raw output; `filtered_resps` is after post-processing.
    field = "resps" if "resps" in fields else "filtered_resps"
    texts = _flatten(fields.get(field))
    if not texts:
        yield broken(row.location, f"no text in the field {field!r}")
        return
    doc = fields["doc"] if isinstance(fields.get("doc"), dict) else {}
    ids = tuple(str(doc[name]) for name in _ID_FIELDS if isinstance(doc.get(name), str | int))
    for text in texts:
        yield WrittenCompletion(
            location=row.location,
            possible_ids=ids,
            prompt=doc["prompt"] if isinstance(doc.get("prompt"), str) else None,
            text=text,
            fields={"doc_id": fields.get("doc_id"), "completion": text},
            passed=_verdict(fields) if len(texts) == 1 else None,
        )


def _verdict(row: Mapping[str, Any]) -> bool | None:
    """Return whether the only metric of a row is 1; None for a value between."""
    names = row.get("metrics")
    values = [row.get(name) for name in names] if isinstance(names, list) else []
    return {1: True, 0: False}.get(values[0]) if len(values) == 1 else None  # type: ignore[arg-type]


def _flatten(value: Any) -> list[str]:
    """Return all strings of a nested list, in order."""
    if isinstance(value, str):
        return [value]
    return [text for item in value for text in _flatten(item)] if isinstance(value, list) else []


LM_EVAL = CompletionFormat(
    name="lm-eval sample log",
    description="JSON lines with doc_id, doc, and resps or filtered_resps",
    matches=_matches,
    read=_read,
)
