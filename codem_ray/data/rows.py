"""Turns one row of a corpus into an instruction and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codem_ray.config.models import CorpusFormat
from codem_ray.languages import LANGUAGES

ANSWER_FIELDS = ("output", "response")


class BrokenRow(Exception):
    """A row that holds no pair; `str()` says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """What every format comes down to."""

    id: str | None
    instruction: str
    response: str
    row: Mapping[str, Any]


def fields_of(row: object, shape: CorpusFormat, language: str | None) -> Fields:
    """Read a row of the given shape; raise BrokenRow when it is not of it."""
    if not isinstance(row, dict):
        raise BrokenRow(f"a row must be an object, not {type(row).__name__}")
    if shape is CorpusFormat.AUTO:
        is_exercism = isinstance(row.get("solution"), dict)
        shape = CorpusFormat.EXERCISM if is_exercism else CorpusFormat.ALPACA
    return _exercism(row, language) if shape is CorpusFormat.EXERCISM else _alpaca(row)


def _text(row: dict[str, Any], name: str) -> str:
    if row.get(name) is None:
        raise BrokenRow(f"the field {name!r} is missing (there are: {', '.join(map(str, row))})")
    value = row[name]
    if not isinstance(value, str):
        raise BrokenRow(f"the field {name!r} must be a text, not {type(value).__name__}")
    return value


def _own_id(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    return str(value) if isinstance(value, str | int) and value != "" else None


def _alpaca(row: dict[str, Any]) -> Fields:
    instruction = _text(row, "instruction").strip()
    if not instruction:
        raise BrokenRow("the field 'instruction' is empty")
    answer = next((name for name in ANSWER_FIELDS if row.get(name) is not None), ANSWER_FIELDS[0])
    response = _text(row, answer)
    extra = _text(row, "input").strip() if row.get("input") is not None else ""
    if extra:
        instruction = f"{instruction}\n\n{extra}"
    return Fields(id=_own_id(row, "id"), instruction=instruction, response=response, row=row)


def _files(row: dict[str, Any], name: str) -> dict[str, str]:
    value = row.get(name)
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise BrokenRow(f"the field {name!r} must be an object of file names to texts")
    return {file: text for file, text in sorted(value.items()) if text.strip()}


def _fenced(files: Mapping[str, str], tag: str) -> str:
    parts = []
    for file, text in files.items():
        name = f"{file.rsplit('/', 1)[-1]}:\n" if len(files) > 1 else ""
        parts.append(f"{name}```{tag}\n{text.rstrip()}\n```")
    return "\n\n".join(parts)


def _exercism(row: dict[str, Any], language: str | None) -> Fields:
    text = _text(row, "instruction").strip()
    stub, solution = _files(row, "stub"), _files(row, "solution")
    if not solution:
        raise BrokenRow("the field 'solution' holds no file")
    spec = LANGUAGES.get(language or "")
    tag = next(iter(spec.fence_tags), spec.name) if spec else ""
    parts = [f"Solve this exercise in {spec.title}." if spec else "Solve this exercise.", text]
    if stub:
        parts.append(f"Start from this:\n\n{_fenced(stub, tag)}")
    slug = _own_id(row, "slug")
    return Fields(
        id=f"exercism/{language or '-'}/{slug}" if slug else None,
        instruction="\n\n".join(parts),
        response=_fenced(solution, tag),
        row=row,
    )
