"""The inputs of MBPP+ as Python values: JSON has no tuples, sets and complex numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Convert = Callable[[Any], Any]


def python_inputs(number: int, inputs: Sequence[Any]) -> list[Any]:
    """Return the inputs of a problem of MBPP+, given as JSON values, as the tests pass them."""
    convert = _BY_NUMBER.get(number)
    return [convert(arguments) for arguments in inputs] if convert else list(inputs)


def _each(convert: Convert) -> Convert:
    """Convert each item of a list."""
    return lambda values: [convert(value) for value in values]


def _at(converts: Mapping[int, Convert]) -> Convert:
    """Convert the arguments at some positions."""
    return lambda arguments: [
        converts[position](value) if position in converts else value
        for position, value in enumerate(arguments)
    ]


def _deep_tuple(value: Any) -> Any:
    return tuple(map(_deep_tuple, value)) if isinstance(value, list) else value


def _list_as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _set_or_empty(value: Any) -> Any:
    return set(value) if isinstance(value, list) and value else {}


# As in EvalPlus's `evalplus.data.mbpp.mbpp_deserialize_inputs`.
_TABLE: Sequence[tuple[Convert, tuple[int, ...]]] = (
    (
        _each(tuple),
        (
            *(2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616),
            *(630, 726, 740, 744, 809),
        ),
    ),
    (
        _each(_each(tuple)),
        (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780),
    ),
    (_at({0: _each(tuple)}), (75, 413, 444, 753)),
    (_at({1: tuple}), (106, 750)),
    (_at({0: _each(_set_or_empty)}), (115,)),
    (_at({0: float, 1: complex}), (124,)),
    (_at({0: tuple}), (250, 307, 405, 446, 617, 720, 763, 808)),
    (_at({0: complex}), (252,)),
    (_each(lambda rows: tuple(map(tuple, rows))), (259, 401, 445)),
    (_each(lambda items: tuple(map(_list_as_tuple, items))), (278,)),
    (_at({0: lambda record: {key: tuple(value) for key, value in record.items()}}), (722,)),
    (_deep_tuple, (580, 615, 791)),
)
_BY_NUMBER = {number: convert for convert, numbers in _TABLE for number in numbers}
