"""The settings of each source that a search compares, as pure functions of the sweep file."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codem_ray.config import SearchRange, Setting, Sweep, TrainingConfig, source_name
from codem_ray.config.search_space import canonical_value, changed_section, does_apply, is_whole
from codem_ray.errors import ConfigError
from codem_ray.tokens.source_draws import trained_sources
from codem_ray.wording import plural

MAX_SETTINGS = 1000
"""Settings of one source, at most."""
_DIGITS = 4
"""Significant digits of a drawn number, so that the name of a row shows it exactly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchedRow:
    """One trained row of the matrix."""

    source: str
    """The source of its pairs, as in the sweep file."""
    setting: Setting
    """Changed keys; empty without a search."""
    name: str
    """`source` and the changed keys, as in the matrix."""


def searched_rows(
    sweep: Sweep, asked: Mapping[str, Sequence[Setting]] | None = None
) -> list[SearchedRow]:
    """Return the trained rows of a sweep: one for each source and setting.

    `asked` are the settings that `optuna` has chosen so far, by source; None: it is not known, and
    each source has one row without changes. Raises ConfigError for a space with too many settings.
    """
    return [
        SearchedRow(source=name, setting=setting, name=row_name(sweep, name, setting))
        for name in map(source_name, trained_sources(sweep.sources))
        for setting in settings_of(sweep, name, None if asked is None else asked.get(name, ()))
    ]


def settings_of(sweep: Sweep, source: str, asked: Sequence[Setting] | None = None) -> list[Setting]:
    """Return the settings of one source; one without changes if nothing is searched."""
    search, space = sweep.search, space_of(sweep, source)
    if not space:
        return [{}]
    if search.method == "optuna":
        return [{}] if asked is None else list(asked)
    if search.method == "grid":
        lists = [_choices(sweep, key, values) for key, values in space.items()]
        count = math.prod(map(len, lists))
        if count > MAX_SETTINGS:
            raise ConfigError(
                f"search.space has {plural(count, 'setting')} of {source}, more than "
                f"{MAX_SETTINGS:,}: list fewer values, or set search.method to random"
            )
        return [dict(zip(space, values, strict=True)) for values in itertools.product(*lists)]
    # Over all keys, so that a key that does not apply to a source changes no draw of the others.
    generator = random.Random(f"{search.seed}")
    drawn = [
        {key: _draw(sweep, key, values, generator) for key, values in search.space.items()}
        for _ in range(search.samples or 0)
    ]
    own = [{key: setting[key] for key in space} for setting in drawn]
    return list({json.dumps(setting, sort_keys=True): setting for setting in own}.values())


def space_of(sweep: Sweep, source: str) -> dict[str, SearchRange | tuple[Any, ...]]:
    """Return the part of the search space that can change a source."""
    return {key: values for key, values in sweep.search.space.items() if does_apply(key, source)}


def with_setting(sweep: Sweep, setting: Setting) -> Sweep:
    """Return a sweep with the values of a setting in its sections."""
    if not setting:
        return sweep
    return sweep.model_copy(
        update={
            "training": changed_section(sweep.training, "training", setting),
            "data": changed_section(sweep.data, "data", setting),
        }
    )


def data_setting(setting: Setting) -> Setting:
    """Return the part of a setting that changes which pairs are drawn."""
    return {key: value for key, value in setting.items() if key.startswith("data.")}


def row_name(sweep: Sweep, source: str, setting: Setting) -> str:
    """Return the name of a row: `python learning_rate=1e-05 pairs=100`."""
    names = short_names(sweep.search.space)
    return " ".join([source, *(f"{names[key]}={_text(value)}" for key, value in setting.items())])


def short_names(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the last part of each key, or all of it where two keys end alike."""
    lasts = [key.rpartition(".")[2] for key in keys]
    return {
        key: last if lasts.count(last) == 1 else key for key, last in zip(keys, lasts, strict=True)
    }


def rounded(sweep: Sweep, key: str, value: float, values: SearchRange) -> Any:
    """Return a drawn number as the key takes it, within its range."""
    number: float = round(value) if is_whole(key) else float(f"{value:.{_DIGITS}g}")
    return canonical_value(key, min(max(number, values.low), values.high), _section(sweep, key))


def check_effect(sweep: Sweep, weight_settings: Callable[[TrainingConfig], object]) -> None:
    """Raise ConfigError for a searched key with two values that train the same weights.

    `weight_settings` returns the part of the section `training` that changes weights.
    """
    for key, values in sweep.search.space.items():
        if not key.startswith("training."):
            continue
        if isinstance(values, SearchRange):
            ends = (values.low, values.high)
            tried = tuple(rounded(sweep, key, value, values) for value in ends)
        else:
            tried = _choices(sweep, key, values)
        results = [weight_settings(with_setting(sweep, {key: value}).training) for value in tried]
        for (one, first), (other, second) in itertools.combinations(
            zip(tried, results, strict=True), 2
        ):
            if first == second:
                raise ConfigError(
                    f"search.space: {key} trains the same weights with {one!r} and {other!r}: "
                    "remove it from the space, or set it in the section training"
                )


def _choices(sweep: Sweep, key: str, values: SearchRange | tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(values, SearchRange):
        raise ConfigError(f"search.space: {key} is a range, of which a grid has no values")
    return tuple(canonical_value(key, value, _section(sweep, key)) for value in values)


def _draw(
    sweep: Sweep,
    key: str,
    values: SearchRange | tuple[Any, ...],
    generator: random.Random,
) -> Any:
    if not isinstance(values, SearchRange):
        return generator.choice(_choices(sweep, key, values))
    if values.log:
        value = math.exp(generator.uniform(math.log(values.low), math.log(values.high)))
    else:
        value = generator.uniform(values.low, values.high)
    return rounded(sweep, key, value, values)


def _section(sweep: Sweep, key: str) -> Any:
    return sweep.data if key.startswith("data.") else sweep.training


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}" if float(f"{value:.{_DIGITS}g}") == value else repr(value)
    if isinstance(value, Mapping):
        return "+".join(f"{name}:{_text(share)}" for name, share in value.items())
    if isinstance(value, list | tuple):
        return "-".join(map(_text, value))
    return {None: "null", True: "true", False: "false"}.get(value, str(value))
