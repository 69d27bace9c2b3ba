"""The formats of rows (`data.corpora[].format`), each parsed into a pair."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeGuard

from codem_ray.config import CorpusConfig, CorpusFormat
from codem_ray.corpora.conversations import (
    Exchange,
    first_exchange,
    is_null,
    present_turns,
    require_trained_row,
)
from codem_ray.corpora.corpus_files import CorpusFile
from codem_ray.corpora.pairs import BrokenRow, Pair
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.languages import LANGUAGES, SPELLINGS

ANSWER_FIELDS = ("output", "response")
COMPLETION_FIELDS = ("completion", "response", "output")
INPUT_FIELDS = ("input", "context")
SYSTEM_FIELDS = ("system", "system_prompt")
_TURNS = frozenset({"messages", "conversations", "history"})
"""Fields with turns, which a CSV file holds as JSON text."""
_OPTIONAL = frozenset({"id", "input", "system", "history"})
"""Fields that a row may lack although the sweep file names their columns."""
_SURROGATE = re.compile("[\ud800-\udfff]")

_NESTED: tuple[tuple[str, CorpusFormat, type | UnionType], ...] = (
    ("solution", CorpusFormat.EXERCISM, dict),
    ("messages", CorpusFormat.MESSAGES, list | dict),
    ("conversations", CorpusFormat.SHAREGPT, list | dict),
)
"""Fields that are not texts, the formats they belong to, and their types."""

_Fields = tuple[str | None, Exchange]
"""Id (None if the row has none), and the exchange of a row."""


def parse_row(row: RawRow, file: CorpusFile, corpus: CorpusConfig, number: int = 0) -> Pair:
    """Parse a row of the corpus at position `number` into a pair without a language label.

    Raises BrokenRow if the row does not have the corpus's format, and UntrainedRow if its answer is
    marked as not to be trained on.
    """
    if row.error:
        raise BrokenRow(row.error)
    if not isinstance(row.content, dict):
        raise BrokenRow(f"a row must be an object, not {type(row.content).__name__}")
    content = renamed(row.content, corpus)
    require_trained_row(content)
    row_id, exchange = _fields(content, corpus.row_format, file.language)
    _check_utf8(f"{row_id}{exchange.instruction}{exchange.response}")
    return Pair(
        id=row_id or row.place,
        instruction=exchange.instruction,
        response=exchange.response,
        left_turns=exchange.left_turns,
        origin=file.origin,
        licence=corpus.licence,
        corpus=number,
    )


def renamed(row: Mapping[str, Any], corpus: CorpusConfig) -> dict[str, Any]:
    """Return a row with the columns that the sweep file names under the names of the format.

    Texts that hold turns as JSON are decoded. Raises BrokenRow if the row lacks one that is needed.
    """
    columns = corpus.named_columns
    for field, column in columns.items():
        if column not in row and field not in _OPTIONAL:
            raise BrokenRow(
                f"columns.{field} is {column!r}, and the row has no such column (columns: "
                f"{', '.join(map(str, row))})"
            )
    others = {name: value for name, value in row.items() if name not in columns.values()}
    named = others | {field: row.get(column) for field, column in columns.items()}
    return {name: _decoded(name, value) for name, value in named.items()}


def _decoded(name: str, value: object) -> object:
    """Return null for the NaN that pandas writes, and the turns that are written as JSON text."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if name in _TURNS and isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BrokenRow(f"the field {name!r} is not JSON: {error}") from error
    return value


def _fields(row: dict[str, Any], form: CorpusFormat, language: str | None) -> _Fields:
    if form is CorpusFormat.AUTO:
        form = format_of(row)
    match form:
        case CorpusFormat.EXERCISM:
            return _exercism(row, language)
        case CorpusFormat.MESSAGES:
            return _conversation(row, "messages", ("role", "content"))
        case CorpusFormat.SHAREGPT:
            return _conversation(row, "conversations", ("from", "value"))
        case CorpusFormat.PROMPT_COMPLETION:
            prompt, answer = _filled(row, "prompt"), _answer(row, COMPLETION_FIELDS)
            return _row_id(row, "id"), _single(row, prompt, answer)
        case _:
            return _alpaca(row)


def format_of(row: Mapping[str, Any]) -> CorpusFormat:
    """Return the format that a row's fields indicate."""
    shaped = [form for name, form, kind in _NESTED if isinstance(row.get(name), kind)]
    # A table of rows of several formats has the columns of all, filled with nulls or empty values.
    filled = [form for name, form, _ in _NESTED if form in shaped and _has_value(row[name])]
    if filled:
        return filled[0]
    if not row.get("instruction") and row.get("prompt") is not None:
        return CorpusFormat.PROMPT_COMPLETION
    has_answer = any(row.get(name) is not None for name in ANSWER_FIELDS)
    return CorpusFormat.ALPACA if has_answer or not shaped else shaped[0]


def _has_value(nested: dict[str, Any] | list[Any]) -> bool:
    values = nested.values() if isinstance(nested, dict) else nested
    return not all(map(is_null, values))


def _check_utf8(text: str) -> None:
    found = _SURROGATE.search(text)
    if found is None:
        return
    code = ord(found[0])
    # surrogateescape maps undecodable bytes to U+DC80 to U+DCFF.
    if 0xDC80 <= code <= 0xDCFF:
        raise BrokenRow(f"not UTF-8: the byte 0x{code - 0xDC00:02x}")
    raise BrokenRow(f"not UTF-8: the lone surrogate U+{code:04X}")


def _text(row: Mapping[str, Any], name: str) -> str:
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
    filled = (name for name in names if row.get(name))
    present = (name for name in names if row.get(name) is not None)
    return _text(row, next(filled, next(present, names[0])))


def _alpaca(row: dict[str, Any]) -> _Fields:
    instruction = _filled(row, "instruction")
    response = _answer(row, ANSWER_FIELDS)
    extras = (_text(row, name).strip() for name in INPUT_FIELDS if row.get(name) is not None)
    instruction = "\n\n".join([instruction, *filter(None, extras)])
    return _row_id(row, "id"), _single(row, instruction, response)


def _conversation(row: dict[str, Any], field: str, names: tuple[str, str]) -> _Fields:
    exchange = first_exchange(row.get(field), field, names, _system(row))
    return _row_id(row, "id", "conversation_id"), exchange


def _single(row: dict[str, Any], instruction: str, response: str) -> Exchange:
    """Return the exchange of a row with one answer; the turns of its `history` come first."""
    system = _system(row)
    turns = _history(row)
    if not turns:
        return Exchange("\n\n".join([*system, instruction]), response)
    turns += [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
    return first_exchange(turns, "history", ("role", "content"), system)


def _system(row: Mapping[str, Any]) -> list[str]:
    """Return the system messages that a row has beside its texts or turns."""
    names = [name for name in SYSTEM_FIELDS if row.get(name) is not None]
    return [text for name in names if (text := _text(row, name).strip())]


def _history(row: Mapping[str, Any]) -> list[object]:
    """Return the earlier turns of a row: a list of [user, assistant], or of turns with roles."""
    history = row.get("history")
    if history is None or (isinstance(history, str) and not history.strip()):
        return []
    if isinstance(history, dict):
        # `datasets` stores a list of structs as a struct of lists.
        history = [turn for _, turn in present_turns(history, "history")]
    if not isinstance(history, list):
        raise BrokenRow(f"the field 'history' must be a list, not {type(history).__name__}")
    turns: list[object] = []
    for number, item in enumerate(history, start=1):
        if isinstance(item, dict):
            turns.append(item)
        elif _is_exchange(item):
            # Chat interfaces write null or an empty text for a turn that was not made.
            roles = zip(("user", "assistant"), item, strict=False)
            turns += [{"role": role, "content": text} for role, text in roles if text]
        else:
            raise BrokenRow(f"history[{number}] must be [user, assistant] or a turn with its role")
    return turns


def _is_exchange(item: object) -> TypeGuard[list[str | None]]:
    return (
        isinstance(item, list)
        and len(item) in (0, 2)
        and all(isinstance(text, str | None) for text in item)
    )


def _exercism(row: dict[str, Any], language: str | None) -> _Fields:
    text = _text(row, "instruction").strip()
    stub, solution = _files(row, "stub"), _files(row, "solution")
    language = language or SPELLINGS.of_file(_main_file(solution))
    spec = LANGUAGES.get(language or "")
    tag = next(iter(spec.fence_tags), spec.name) if spec else ""
    parts = [f"Solve this exercise in {spec.title}." if spec else "Solve this exercise.", text]
    if stub:
        parts.append(f"Start from this:\n\n{_fenced(stub, tag)}")
    slug = _row_id(row, "slug")
    row_id = f"exercism/{language or '-'}/{slug}" if slug else None
    return row_id, Exchange("\n\n".join(parts), _fenced(solution, tag))


def answer_file_name(row: Mapping[str, Any], form: CorpusFormat) -> str | None:
    """Return the base name of the answer's main file, if the row's format names files."""
    if form is CorpusFormat.AUTO:
        form = format_of(row)
    if form is not CorpusFormat.EXERCISM:
        return None
    return _main_file(_files(row, "solution")).rsplit("/", 1)[-1]


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
