"""The fields of a row of completions: those found by name, and those that `--map` names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from codem_ray.errors import ConfigError

TASK_ID, COMPLETION, PROMPT = "task_id", "completion", "prompt"
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        TASK_ID: ("task_id", "name", "custom_id", "problem_id", "question_id", "id"),
        # What the model wrote comes before what a tool made of it, and before fields that can also
        # hold the question or a reference.
        COMPLETION: (
            "completion",
            "completions",
            "raw_generation",
            "generation",
            "generations",
            "generated_text",
            "generated_code",
            "model_output",
            "response",
            "responses",
            "prediction",
            "predictions",
            "output",
            "outputs",
            "samples",
            "solution",
            "solutions",
            "result",
            "choices",
            "messages",
            "conversations",
        ),
        PROMPT: ("prompt",),
    }
)
"""The names of each field, by preference."""
_NESTED = ("doc", "metadata", "problem")
"""Objects of a row that may hold the problem's id."""
MISSING = object()


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which field of a row holds what."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    """Fields named by `--map`: a path of names and numbers, with dots between them."""

    def find(self, role: str, row: Mapping[str, Any]) -> tuple[str, object]:
        """Return name and value of the field with this role; `MISSING` if the row has none."""
        if role in self.chosen:
            name = self.chosen[role]
            return name, at_path(row, name)
        name = next((name for name in _NAMES[role] if _is_field(name, row)), role)
        return name, row.get(name, MISSING)

    def ids(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Yield the candidates for a row's task id, the likeliest first."""
        if TASK_ID in self.chosen:
            values = [at_path(row, self.chosen[TASK_ID])]
        else:
            places = [row, *(row[name] for name in _NESTED if isinstance(row.get(name), Mapping))]
            values = [place.get(name) for place in places for name in _NAMES[TASK_ID]]
        for value in values:
            if isinstance(value, str | int) and not isinstance(value, bool):
                yield str(value)

    def others(self, row: Mapping[str, Any]) -> list[str]:
        """Return the fields that could hold the completion beside the one that is read."""
        name, value = self.find(COMPLETION, row)
        if COMPLETION in self.chosen:
            return []
        return [
            other
            for other in _NAMES[COMPLETION]
            if _is_field(other, row) and other != name and row[other] != value
        ]


def _is_field(name: str, row: Mapping[str, Any]) -> bool:
    # As a text, `result` is a verdict; Anthropic's batches have an object of this name.
    return name in row and (name != "result" or isinstance(row[name], Mapping))


BY_NAME = FieldMap()
"""Every field by its usual names."""


def parse_field_map(pairs: Sequence[str]) -> FieldMap:
    """Parse the values of `--map`: `field=name` for each.

    Raises:
        ConfigError: a value has another form, or names an unknown or repeated field.
    """
    chosen: dict[str, str] = {}
    for pair in pairs:
        role, equals, name = (part.strip() for part in pair.partition("="))
        if not equals or not name or role not in _NAMES or role in chosen:
            known = ", ".join(_NAMES)
            raise ConfigError(
                f"--map {pair!r}: give FIELD=NAME once for each FIELD of {known}, where NAME is "
                "the field of the file that holds it, as in --map completion=model.answer"
            )
        chosen[role] = name
    return FieldMap(chosen)


def at_path(row: object, path: str) -> object:
    """Return the value at a path such as `body.choices.0.text`; `MISSING` if there is none."""
    if isinstance(row, Mapping) and path in row:
        return row[path]
    value = row
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value
