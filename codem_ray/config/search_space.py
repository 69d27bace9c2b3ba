"""Checks the keys and values of `search.space`, and applies settings to a sweep's sections."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from codem_ray.config.data_section import DataConfig
from codem_ray.config.search_section import SearchRange
from codem_ray.config.sources import BASE, MIXED, SHUFFLED, UNION
from codem_ray.config.training_section import TrainingConfig

DATA_KEYS = ("data.mixture", "data.pairs")
Setting = Mapping[str, Any]
"""Values by key, as in {"training.learning_rate": 1e-5}."""
S = TypeVar("S", bound=BaseModel)


def changed_section(section: S, prefix: str, setting: Setting) -> S:
    """Return a section with the values of a setting; ValidationError if one is not allowed.

    Keys of other sections are ignored. A key may lead into a part of the section, as in
    `training.lora.r`.
    """
    own = {key: value for key, value in setting.items() if key.startswith(f"{prefix}.")}
    if not own:
        return section
    values = section.model_dump(mode="json")
    for key, value in own.items():
        node = values
        *parents, last = key.split(".")[1:]
        for parent in parents:
            node[parent] = dict(node.get(parent) or {})
            node = node[parent]
        node[last] = value
    return type(section).model_validate(values)


def does_apply(key: str, source: str) -> bool:
    """Return whether a key can change what a trained source learns."""
    if key == "data.mixture":
        return source in (MIXED, SHUFFLED)
    return key != "data.pairs" or source != UNION


def check_space(
    space: Mapping[str, SearchRange | tuple[Any, ...]],
    training: TrainingConfig,
    data: DataConfig,
    sources: Sequence[str],
) -> None:
    """Raise ValueError for a key or value of a search space that cannot be used.

    `sources` are the names of the sources that the sweep trains.
    """
    if space and not [source for source in sources if source != BASE]:
        raise ValueError("search.space changes trained sources only, and the sweep trains none")
    for key, values in space.items():
        section, keys = _section_of(key, training, data), [*training_keys(), *DATA_KEYS]
        if section is None:
            near = difflib.get_close_matches(key, keys, n=1, cutoff=0.8) or [
                known for known in keys if known.endswith(f".{key}")
            ]
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else "a key of training, data.mixture or data.pairs"
            )
            raise ValueError(f"search.space: {key!r} cannot be searched; {hint}")
        if not any(does_apply(key, source) for source in sources):
            raise ValueError(
                f"search.space: {key} changes nothing in {', '.join(sources)}: remove it, or add a "
                f"source that it changes{' (mixed or shuffled)' if key == 'data.mixture' else ''}"
            )
        _check_values(key, values, section)


def _check_values(
    key: str, values: SearchRange | tuple[Any, ...], section: TrainingConfig | DataConfig
) -> None:
    prefix = key.partition(".")[0]
    tried = (values.low, values.high) if isinstance(values, SearchRange) else values
    if isinstance(values, SearchRange) and is_whole(key):
        tried = (round(values.low), round(values.high))
    found = []
    for value in tried:
        try:
            found.append(changed_section(section, prefix, {key: value}))
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(f"search.space: {key} cannot be {value!r}: {reason}") from error
    if len(tried) == 1:
        raise ValueError(
            f"search.space: {key} has the one value {tried[0]!r}, so there is nothing to compare: "
            f"list two values or more, or set {key} itself"
        )
    for number, one in enumerate(found):
        if one in found[:number]:
            raise ValueError(f"search.space: {key} lists {tried[number]!r} twice: list it once")


def canonical_value(key: str, value: Any, section: TrainingConfig | DataConfig) -> Any:
    """Return a value as the section holds it: YAML reads 1e-5 as a text."""
    node: Any = changed_section(section, key.partition(".")[0], {key: value}).model_dump(
        mode="json"
    )
    for part in key.split(".")[1:]:
        node = node[part]
    return node


def training_keys() -> list[str]:
    """Return the dotted keys of the section `training`, those of its parts included."""
    return [f"training.{name}" for name in _leaves(TrainingConfig)]


def is_whole(key: str) -> bool:
    """Return whether a key takes whole numbers."""
    if key in DATA_KEYS:
        return True
    model: Any = TrainingConfig
    annotation: Any = None
    for part in key.split(".")[1:]:
        annotation = model.model_fields[part].annotation if _is_model(model) else None
        model = _model_in(annotation)
    return annotation is int or int in getattr(annotation, "__args__", ())


def _section_of(
    key: str, training: TrainingConfig, data: DataConfig
) -> TrainingConfig | DataConfig | None:
    """Return the section of a key that can be searched, else None."""
    if key in DATA_KEYS:
        return data
    free = tuple(f"training.{name}." for name in _mappings(TrainingConfig))
    return training if key in training_keys() or key.startswith(free) else None


def _leaves(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        part = _model_in(field.annotation)
        if part is None:
            yield name
        else:
            yield from (f"{name}.{inner}" for inner in _leaves(part))


def _mappings(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields that hold any keys."""
    for name, field in model.model_fields.items():
        if "Mapping" in str(field.annotation) or "dict" in str(field.annotation):
            yield name


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field's annotation holds, None if there is none."""
    if _is_model(annotation):
        return annotation  # type: ignore[no-any-return]
    parts = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((part for part in parts if part is not None), None)


def _is_model(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, BaseModel)
