"""The first exchange of a conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray.corpora.pairs import BrokenRow, UntrainedRow

_USER = frozenset({"user", "human", "prompter"})
_ASSISTANT = frozenset({"assistant", "gpt", "chatgpt", "bard", "bing", "model", "ai", "bot"})
_SYSTEM = frozenset({"system", "developer"})
_TRAINED = ("weight", "train", "training", "trainable", "loss", "loss_mask")
"""Fields of a turn that are 0 or false if nothing may be learnt from it (OpenAI, Axolotl, TRL)."""
_TRAINED_ROW = ("weight", "train")
"""Fields of a row that are 0 or false if nothing may be learnt from it (Fireworks)."""
_FLAGS = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """An instruction and its answer, from a conversation."""

    instruction: str
    response: str
    left_turns: int = 0
    """Other turns of the conversation, which are left out."""


def first_exchange(
    turns: object, field: str, names: tuple[str, str], system: Sequence[str] = ()
) -> Exchange:
    """Return the first exchange of some turns: all user texts up to the first answer, and it.

    A pair has no place for a system message, so it is put before the user's text. Later turns are
    left out, because each depends on the turns before it.

    Args:
        turns: The turns as read from the row.
        field: Name of the turns in messages.
        names: The usual fields of a turn: of its role and of its text.
        system: System messages that the row has beside the turns.

    Raises:
        BrokenRow: A turn cannot be read, or none has an answer.
        UntrainedRow: The first answer is marked as not to be trained on.
    """
    numbered = present_turns(turns, field)
    parts, user, greetings = [text.strip() for text in system], list[str](), 0
    for position, (number, turn) in enumerate(numbered, start=1):
        place = f"{field}[{number}]"
        role, text = _role(turn, place, names), _text(turn, place, names)
        if role in _SYSTEM and not user:
            parts.append(text.strip())
        elif role in _USER:
            user.append(text.strip())
        elif role in _ASSISTANT and not user:
            greetings += 1
        elif role in _ASSISTANT:
            instruction = "\n\n".join(part for part in (*parts, *user) if part)
            if not instruction:
                raise BrokenRow(f"the user's turns in {field!r} are empty")
            _require_trained(turn, place)
            left = len(numbered) - position + greetings
            return Exchange(instruction, without_outer_blank_lines(text), left)
        else:
            raise BrokenRow(f"{place} has the unsupported role {role!r}")
    raise BrokenRow(f"no user turn with an answer in {field!r} ({len(numbered)} turns)")


def without_outer_blank_lines(text: str) -> str:
    """Return a text without blank lines around it; the first line keeps its indentation."""
    return _BLANK_LINES.sub("", text).rstrip()


def present_turns(turns: object, field: str) -> list[tuple[int, Mapping[str, object]]]:
    """Return the numbered turns, without those whose values are all null."""
    if isinstance(turns, dict) and all(isinstance(value, list) for value in turns.values()):
        # `datasets` stores a list of structs as a struct of lists.
        columns = list(turns.values())
        if len({len(column) for column in columns}) > 1:
            raise BrokenRow(f"the lists in {field!r} have different lengths")
        turns = [dict(zip(turns, values, strict=True)) for values in zip(*columns, strict=True)]
    if not isinstance(turns, list):
        raise BrokenRow(f"the field {field!r} must be a list of turns")
    numbered: list[tuple[int, Mapping[str, object]]] = []
    for number, turn in enumerate(turns, start=1):
        if is_null(turn):
            continue
        if not isinstance(turn, dict):
            raise BrokenRow(f"{field}[{number}] must be an object, not {type(turn).__name__}")
        numbered.append((number, turn))
    return numbered


def is_null(value: object) -> bool:
    """Whether a value is null, or a struct of nulls, as a Parquet file of mixed rows has it."""
    return value is None or (isinstance(value, dict) and all(map(is_null, value.values())))


def _first(turn: Mapping[str, object], *names: str) -> object:
    """Return the first value that is not null.

    Published corpora mix the two naming schemes, and a column of Parquet has the fields of both.
    """
    return next((turn[name] for name in names if turn.get(name) is not None), None)


def _role(turn: Mapping[str, object], place: str, names: tuple[str, str]) -> str:
    role = _first(turn, names[0], "role", "from")
    if not isinstance(role, str):
        raise BrokenRow(f"{place} must have the strings {names[0]!r} and {names[1]!r}")
    return role.strip().lower()


def _text(turn: Mapping[str, object], place: str, names: tuple[str, str]) -> str:
    text = _first(turn, names[1], "content", "value")
    if isinstance(text, list):
        text = "\n".join(_part(part, place) for part in text if not is_null(part))
    if text is None and names[1] in turn:
        raise BrokenRow(f"{place} has no text (a call of a tool, or null)")
    if not isinstance(text, str):
        raise BrokenRow(f"{place} must have the strings {names[0]!r} and {names[1]!r}")
    return text


def _part(part: object, place: str) -> str:
    """Return a text part; a part of another kind (an image) makes the row unusable."""
    text = part.get("text") if isinstance(part, dict) else part
    if not isinstance(text, str):
        kind = part.get("type") if isinstance(part, dict) else None
        raise BrokenRow(f"{place} has a part without text ({kind or type(text).__name__})")
    return text


def require_trained_row(row: Mapping[str, object]) -> None:
    """Raise UntrainedRow if a row itself is marked; other weights of rows mean nothing here."""
    for name in _TRAINED_ROW:
        if _flag(row.get(name)) == 0:
            raise UntrainedRow(f"the row is marked {name}: {row[name]}")


def _require_trained(turn: Mapping[str, object], place: str) -> None:
    for name in _TRAINED:
        value = turn.get(name)
        # NaN is what pandas writes for a turn without the field.
        if value is None or value != value:
            continue
        flag = _flag(value)
        if flag not in (0, 1):
            raise BrokenRow(f"{place} has the {name} {value!r}: write 0 or 1, or false or true")
        if not flag:
            raise UntrainedRow(f"{place} is marked {name}: {value}")


def _flag(value: object) -> object:
    return _FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
