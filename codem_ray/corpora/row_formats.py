"""Turns one row of a corpus into an instruction and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codem_ray.config import CorpusFormat
from codem_ray.languages import LANGUAGES

ANSWER_FIELDS = ("output", "response")
COMPLETION_FIELDS = ("completion", "response")
_USER = frozenset({"user", "human", "prompter"})
_ASSISTANT = frozenset({"assistant", "gpt", "chatgpt", "bard", "bing", "model"})
_SYSTEM = frozenset({"system", "developer"})


class BrokenRow(Exception):
    """A row that holds no pair; `str()` says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """What every format comes down to."""

    id: str | None
    instruction: str
    response: str
    row: Mapping[str, Any]
    file_name: str | None = None
    """Of the answer, where the row says it."""


def fields_of(row: object, shape: CorpusFormat, language: str | None) -> Fields:
    """Read a row of the given shape; raise BrokenRow when it is not of it."""
    if not isinstance(row, dict):
        raise BrokenRow(f"a row must be an object, not {type(row).__name__}")
    if shape is CorpusFormat.AUTO:
        shape = shape_of(row)
    match shape:
        case CorpusFormat.EXERCISM:
            return _exercism(row, language)
        case CorpusFormat.MESSAGES:
            return _conversation(row, "messages", "role", "content")
        case CorpusFormat.SHAREGPT:
            return _conversation(row, "conversations", "from", "value")
        case CorpusFormat.PROMPT_COMPLETION:
            return _prompt_completion(row)
        case _:
            return _alpaca(row)


def shape_of(row: Mapping[str, Any]) -> CorpusFormat:
    """Tell the shape of a row by its fields."""
    if isinstance(row.get("solution"), dict):
        return CorpusFormat.EXERCISM
    if isinstance(row.get("messages"), list):
        return CorpusFormat.MESSAGES
    if isinstance(row.get("conversations"), list):
        return CorpusFormat.SHAREGPT
    if row.get("instruction") is None and row.get("prompt") is not None:
        return CorpusFormat.PROMPT_COMPLETION
    return CorpusFormat.ALPACA


def _text(row: dict[str, Any], name: str) -> str:
    if row.get(name) is None:
        raise BrokenRow(f"the field {name!r} is missing (there are: {', '.join(map(str, row))})")
    value = row[name]
    if not isinstance(value, str):
        raise BrokenRow(f"the field {name!r} must be a text, not {type(value).__name__}")
    return value


def _filled(row: dict[str, Any], name: str) -> str:
    text = _text(row, name).strip()
    if not text:
        raise BrokenRow(f"the field {name!r} is empty")
    return text


def _own_id(row: dict[str, Any], *names: str) -> str | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and value != "":
            return str(value)
    return None


def _answer(row: dict[str, Any], names: tuple[str, ...]) -> str:
    return _text(row, next((name for name in names if row.get(name) is not None), names[0]))


def _alpaca(row: dict[str, Any]) -> Fields:
    instruction = _filled(row, "instruction")
    response = _answer(row, ANSWER_FIELDS)
    extra = _text(row, "input").strip() if row.get("input") is not None else ""
    if extra:
        instruction = f"{instruction}\n\n{extra}"
    return Fields(id=_own_id(row, "id"), instruction=instruction, response=response, row=row)


def _prompt_completion(row: dict[str, Any]) -> Fields:
    return Fields(
        id=_own_id(row, "id"),
        instruction=_filled(row, "prompt"),
        response=_answer(row, COMPLETION_FIELDS),
        row=row,
    )


def _conversation(row: dict[str, Any], field: str, role_name: str, text_name: str) -> Fields:
    """Take the first exchange: what the user says up to the first answer, and that answer.

    A system message goes before it, for a pair has no third part. Later turns are left out: each
    would need all that was said before.
    """
    turns = row.get(field)
    if not isinstance(turns, list):
        raise BrokenRow(f"the field {field!r} must be a list of turns")
    system: list[str] = []
    asked: list[str] = []
    for number, turn in enumerate(turns, start=1):
        role, text = _turn(turn, f"{field}[{number}]", role_name, text_name)
        if role in _SYSTEM and not asked:
            system.append(text)
        elif role in _USER:
            asked.append(text)
        elif role in _ASSISTANT and asked:
            said = "\n\n".join(part for part in (*system, *asked) if part)
            if not said:
                raise BrokenRow(f"the user's part of {field!r} is empty")
            return Fields(
                id=_own_id(row, "id", "conversation_id"), instruction=said, response=text, row=row
            )
        elif role not in _ASSISTANT:
            raise BrokenRow(f"{field}[{number}]: no part of a pair is said by {role!r}")
    raise BrokenRow(f"no user's turn with an answer in {field!r} ({len(turns)} turns)")


def _turn(turn: object, place: str, role_name: str, text_name: str) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise BrokenRow(f"{place} must be an object, not {type(turn).__name__}")
    # Both pairs of names are seen under both fields.
    role = turn.get(role_name, turn.get("role", turn.get("from")))
    text = turn.get(text_name, turn.get("content", turn.get("value")))
    if isinstance(text, list):
        text = "\n".join(_part(part, place) for part in text)
    if not isinstance(role, str) or not isinstance(text, str):
        raise BrokenRow(f"{place} must have the texts {role_name!r} and {text_name!r}")
    return role.strip().lower(), text.strip()


def _part(part: object, place: str) -> str:
    """Return a part of a message; one with a picture asks for more than its text says."""
    text = part.get("text") if isinstance(part, dict) else part
    if not isinstance(text, str):
        kind = part.get("type") if isinstance(part, dict) else None
        raise BrokenRow(f"{place} has a part without a text ({kind or type(text).__name__})")
    return text


def _files(row: dict[str, Any], name: str) -> dict[str, str]:
    value = row.get(name)
    # A column of Parquet has a place for every file name of the whole corpus.
    if isinstance(value, dict):
        value = {file: text for file, text in value.items() if text is not None}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise BrokenRow(f"the field {name!r} must be an object of file names to texts")
    return {file: text for file, text in sorted(value.items()) if text.strip()}


def _fenced(files: Mapping[str, str], tag: str) -> str:
    parts = []
    for file, text in files.items():
        name = f"{file.rsplit('/', 1)[-1]}:\n" if len(files) > 1 else ""
        parts.append(f"{name}```{tag}\n{text.rstrip()}\n```")
    return "\n\n".join(parts)


def _main_file(files: Mapping[str, str]) -> str:
    """Return the file whose name says the language: a header of C may be one of C++."""
    known = {spec.extension for spec in LANGUAGES.values()}
    by_name = [file for file in files if f".{file.rsplit('.', 1)[-1]}" in known]
    return (by_name or list(files))[0]


def language_of_file(name: str) -> str | None:
    """Return the language whose source files are called so."""
    extension = f".{name.rsplit('.', 1)[-1].lower()}"
    return next((spec.name for spec in LANGUAGES.values() if spec.extension == extension), None)


def _exercism(row: dict[str, Any], language: str | None) -> Fields:
    text = _text(row, "instruction").strip()
    stub, solution = _files(row, "stub"), _files(row, "solution")
    if not solution:
        raise BrokenRow("the field 'solution' holds no file")
    file_name = _main_file(solution)
    language = language or language_of_file(file_name)
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
        file_name=file_name,
    )
