"""The formats of rows (`data.corpora[].format`), each parsed into a pair."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from codem_ray.config import CorpusConfig, CorpusFormat
from codem_ray.corpora.corpus_files import CorpusFile
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.languages import LANGUAGES

ANSWER_FIELDS = ("output", "response")
COMPLETION_FIELDS = ("completion", "response")
_USER = frozenset({"user", "human", "prompter"})
_ASSISTANT = frozenset({"assistant", "gpt", "chatgpt", "bard", "bing", "model"})
_SYSTEM = frozenset({"system", "developer"})
_SURROGATE = re.compile("[\ud800-\udfff]")

_Fields = tuple[str | None, str, str]
"""Id (None if the row has none), instruction and response of a row."""


class BrokenRow(Exception):
    """A row that cannot be read as a pair; `str()` gives the reason."""


def parse_row(row: RawRow, file: CorpusFile, corpus: CorpusConfig, number: int = 0) -> Pair:
    """Parse a row of the corpus at position `number` into a pair without a language label.

    Raises BrokenRow if the row does not have the corpus's format.
    """
    if row.error:
        raise BrokenRow(row.error)
    if not isinstance(row.content, dict):
        raise BrokenRow(f"a row must be an object, not {type(row.content).__name__}")
    row_id, instruction, response = _fields(row.content, corpus.format, file.language)
    _check_utf8(f"{row_id}{instruction}{response}")
    return Pair(
        id=row_id or row.place,
        instruction=instruction,
        response=response,
        origin=file.origin,
        licence=corpus.licence,
        corpus=number,
    )


def _fields(row: dict[str, Any], form: CorpusFormat, language: str | None) -> _Fields:
    if form is CorpusFormat.AUTO:
        form = format_of(row)
    match form:
        case CorpusFormat.EXERCISM:
            return _exercism(row, language)
        case CorpusFormat.MESSAGES:
            return _conversation(row, "messages", "role", "content")
        case CorpusFormat.SHAREGPT:
            return _conversation(row, "conversations", "from", "value")
        case CorpusFormat.PROMPT_COMPLETION:
            return _row_id(row, "id"), _filled(row, "prompt"), _answer(row, COMPLETION_FIELDS)
        case _:
            return _alpaca(row)


def format_of(row: Mapping[str, Any]) -> CorpusFormat:
    """Return the format that a row's fields indicate."""
    if isinstance(row.get("solution"), dict):
        return CorpusFormat.EXERCISM
    if isinstance(row.get("messages"), list):
        return CorpusFormat.MESSAGES
    if isinstance(row.get("conversations"), list):
        return CorpusFormat.SHAREGPT
    if row.get("instruction") is None and row.get("prompt") is not None:
        return CorpusFormat.PROMPT_COMPLETION
    return CorpusFormat.ALPACA


def _check_utf8(text: str) -> None:
    found = _SURROGATE.search(text)
    if found is None:
        return
    code = ord(found[0])
    # surrogateescape maps undecodable bytes to U+DC80 to U+DCFF.
    if 0xDC80 <= code <= 0xDCFF:
        raise BrokenRow(f"not UTF-8: the byte 0x{code - 0xDC00:02x}")
    raise BrokenRow(f"not UTF-8: the lone surrogate U+{code:04X}")


def _text(row: dict[str, Any], name: str) -> str:
    if row.get(name) is None:
        raise BrokenRow(f"the field {name!r} is missing (fields: {', '.join(map(str, row))})")
    value = row[name]
    if not isinstance(value, str):
        raise BrokenRow(f"the field {name!r} must be a string, not {type(value).__name__}")
    return value


def _filled(row: dict[str, Any], name: str) -> str:
    text = _text(row, name).strip()
    if not text:
        raise BrokenRow(f"the field {name!r} is empty")
    return text


def _row_id(row: dict[str, Any], *names: str) -> str | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and value != "":
            return str(value)
    return None


def _answer(row: dict[str, Any], names: tuple[str, ...]) -> str:
    return _text(row, next((name for name in names if row.get(name) is not None), names[0]))


def _alpaca(row: dict[str, Any]) -> _Fields:
    instruction = _filled(row, "instruction")
    response = _answer(row, ANSWER_FIELDS)
    extra = _text(row, "input").strip() if row.get("input") is not None else ""
    if extra:
        instruction = f"{instruction}\n\n{extra}"
    return _row_id(row, "id"), instruction, response


def _conversation(row: dict[str, Any], field: str, role_name: str, text_name: str) -> _Fields:
    """Take the first exchange: all user turns up to the first answer, and that answer.

    A pair has no place for a system message, so it is put before the user's text. Later turns are
    left out, because each depends on the turns before it.
    """
    turns = row.get(field)
    if not isinstance(turns, list):
        raise BrokenRow(f"the field {field!r} must be a list of turns")
    system: list[str] = []
    user: list[str] = []
    for number, turn in enumerate(turns, start=1):
        role, text = _turn(turn, f"{field}[{number}]", role_name, text_name)
        if role in _SYSTEM and not user:
            system.append(text)
        elif role in _USER:
            user.append(text)
        elif role in _ASSISTANT and user:
            instruction = "\n\n".join(part for part in (*system, *user) if part)
            if not instruction:
                raise BrokenRow(f"the user's turns in {field!r} are empty")
            return _row_id(row, "id", "conversation_id"), instruction, text
        elif role not in _ASSISTANT:
            raise BrokenRow(f"{field}[{number}] has the unsupported role {role!r}")
    raise BrokenRow(f"no user turn with an answer in {field!r} ({len(turns)} turns)")


def _turn(turn: object, place: str, role_name: str, text_name: str) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise BrokenRow(f"{place} must be an object, not {type(turn).__name__}")
    # Corpora in the wild mix the two naming schemes.
    role = turn.get(role_name, turn.get("role", turn.get("from")))
    text = turn.get(text_name, turn.get("content", turn.get("value")))
    if isinstance(text, list):
        text = "\n".join(_part(part, place) for part in text)
    if not isinstance(role, str) or not isinstance(text, str):
        raise BrokenRow(f"{place} must have the strings {role_name!r} and {text_name!r}")
    return role.strip().lower(), text.strip()


def _part(part: object, place: str) -> str:
    """Return a text part; a part of another kind (an image) makes the row unusable."""
    text = part.get("text") if isinstance(part, dict) else part
    if not isinstance(text, str):
        kind = part.get("type") if isinstance(part, dict) else None
        raise BrokenRow(f"{place} has a part without text ({kind or type(text).__name__})")
    return text


def _exercism(row: dict[str, Any], language: str | None) -> _Fields:
    text = _text(row, "instruction").strip()
    stub, solution = _files(row, "stub"), _files(row, "solution")
    language = language or language_of_file(_main_file(solution))
    spec = LANGUAGES.get(language or "")
    tag = next(iter(spec.fence_tags), spec.name) if spec else ""
    parts = [f"Solve this exercise in {spec.title}." if spec else "Solve this exercise.", text]
    if stub:
        parts.append(f"Start from this:\n\n{_fenced(stub, tag)}")
    slug = _row_id(row, "slug")
    row_id = f"exercism/{language or '-'}/{slug}" if slug else None
    return row_id, "\n\n".join(parts), _fenced(solution, tag)


def answer_file_name(row: Mapping[str, Any], form: CorpusFormat) -> str | None:
    """Return the base name of the answer's main file, if the row's format names files."""
    if form is CorpusFormat.AUTO:
        form = format_of(row)
    if form is not CorpusFormat.EXERCISM:
        return None
    return _main_file(_files(row, "solution")).rsplit("/", 1)[-1]


def language_of_file(name: str) -> str | None:
    """Return the language whose source files have the extension of a file name."""
    extension = f".{name.rsplit('.', 1)[-1].lower()}"
    return next((spec.name for spec in LANGUAGES.values() if spec.extension == extension), None)


def _files(row: Mapping[str, Any], name: str) -> dict[str, str]:
    value = row.get(name)
    # A struct column of Parquet has a field for each file name of the whole corpus.
    if isinstance(value, dict):
        value = {file: text for file, text in value.items() if text is not None}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise BrokenRow(f"the field {name!r} must map file names to strings")
    return {file: text for file, text in sorted(value.items()) if text.strip()}


def _main_file(files: Mapping[str, str]) -> str:
    """Return the file whose extension decides the language.

    Extensions that belong to one language come first: a C header may be a C++ header.
    """
    if not files:
        raise BrokenRow("the field 'solution' has no file")
    known = {spec.extension for spec in LANGUAGES.values()}
    return next((f for f in files if f".{f.rsplit('.', 1)[-1]}" in known), next(iter(files)))


def _fenced(files: Mapping[str, str], tag: str) -> str:
    parts = []
    for file, text in files.items():
        name = f"{file.rsplit('/', 1)[-1]}:\n" if len(files) > 1 else ""
        parts.append(f"{name}```{tag}\n{text.rstrip()}\n```")
    return "\n\n".join(parts)
