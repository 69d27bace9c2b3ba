"""Turns pydantic's validation errors into messages that name the key and the next step."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from codem_ray.config.sweep_file import Sweep

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MESSAGES = {
    "tuple_type": "must be a list, as in [a, b]",
    "too_short": "must name at least one",
    **dict.fromkeys(("dict_type", "model_type", "dataclass_type"), "must be a mapping"),
}
_SOURCE_FORMS = ("str", "tuple[str, ...]", "ExternalModel")
"""pydantic's names of the forms that a source can take; they appear in error locations."""
_MAX_VALUE_LENGTH = 80


def validation_message(origin: str, error: ValidationError) -> str:
    """Return a message with one line for each mistake in a sweep file."""
    lines = [f"  {mistake}" for mistake in mistakes(error.errors())]
    return "\n".join([f"{origin}: the sweep file is wrong:", *lines])


def mistakes(issues: Sequence[ErrorDetails]) -> list[str]:
    """Return the place and the description of each mistake, without those that follow from it."""
    return list(dict.fromkeys(_describe(issue) for issue in _root_causes(issues)))


def _describe(issue: ErrorDetails) -> str:
    location = issue["loc"]
    where = ".".join(str(part) for part in location if part not in _SOURCE_FORMS) or "(file)"
    if issue["type"] == "extra_forbidden":
        allowed = _allowed_keys(location[:-1])
        nearest = difflib.get_close_matches(str(location[-1]), allowed, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known keys: {', '.join(allowed)}"
        return f"{where}: unknown key; {hint}"
    if issue["type"] == "missing":
        return f"{where}: missing"
    message = _MESSAGES.get(issue["type"], issue["msg"].removeprefix("Value error, "))
    if issue["type"] == "string_pattern_mismatch" and "_labels" in where:
        message = "must be a label, and its value `a`, `!a`, `in(a,b)` or `!in(a,b)`"
    if _form_index(location) == len(location) - 1:
        message = "must be a language, a list of languages, or {name, model}"
    value = repr(issue["input"])
    shown = f" (got {value})" if len(value) <= _MAX_VALUE_LENGTH else ""
    return f"{where}: {message}{shown}"


def _form_index(location: Sequence[int | str]) -> int | None:
    """Return the index at which a location names the form of a source."""
    return next((at for at, part in enumerate(location) if part in _SOURCE_FORMS), None)


def _root_causes(issues: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out issues that only follow from another one.

    A list with invalid items is also reported as too short, and a source with a mistake in one
    form is also reported as not being of the other forms.
    """
    locations = [issue["loc"] for issue in issues]

    def is_consequence(issue: ErrorDetails) -> bool:
        location = issue["loc"]
        if issue["type"] == "too_short":
            parent = location
        elif _form_index(location) == len(location) - 1:
            parent = location[:-1]
        else:
            return False
        return any(
            len(other) > len(location) and other[: len(parent)] == parent for other in locations
        )

    return [issue for issue in issues if not is_consequence(issue)]


def _allowed_keys(parents: Sequence[int | str]) -> list[str]:
    model: Any = Sweep
    for part in parents:
        if not isinstance(part, int) and _is_model(model) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
    return sorted(model.model_fields) if _is_model(model) else []


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _model_in(annotation: Any) -> Any:
    """Return the model that a field's annotation holds, None if there is none."""
    if _is_model(annotation):
        return annotation
    parts = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((part for part in parts if part is not None), None)
