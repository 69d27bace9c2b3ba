"""Sentinels: function bodies that are wrong for every problem, by the type of the result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAMES = ("a value", "another value", "the default")
"""Names of the sentinels that return something."""
RAISES = "an error"
"""Name of the sentinel that raises or aborts."""
NUMBER_TYPE = (
    r"(?:(?:const|static|unsigned|signed|long|short|int|char|float|double|size_t|u?int\d+_t) ?)+"
)
"""Pattern of the number types of C and C++."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """Values of the result types that a pattern matches.

    In a value, `{type}` is the type as written. Each group of the pattern holds types, separated by
    commas: `{0}` and `{1}` are values of the first two, `{all}` those of all, with commas.
    """

    pattern: str
    """Regular expression of a whole type, which has no blanks except between words."""
    fixed: tuple[str, str]
    default: str

    def named(self, name: str) -> str:
        """Return the value of one of `NAMES`."""
        return dict(zip(NAMES, (*self.fixed, self.default), strict=True))[name]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentinels:
    """How a language writes functions that return a fixed value or raise an error.

    The reference gate replaces the body of the reference by each of these. All must fail.
    """

    values: Sequence[Values] = ()
    """The first whose pattern matches applies."""
    result: str = "return {value};"
    """Statement that returns a value."""
    without_result: str = r"void"
    """Regular expression of the type of a function that returns nothing."""
    nothing: str = ""
    """Statement that does nothing."""
    raises: str = ""
    """Statement that raises or aborts."""
    block: str = "{ {statement} }"
    """A function's body."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Whole wrong answers by name, for a language without functions."""

    def bodies(self, result_type: str) -> dict[str, str]:
        """Return wrong bodies of a function by name.

        Args:
            result_type: The type of its result as written; empty if it is not declared.

        Raises:
            KeyError: no pattern matches the type.
        """
        written = _squeezed(result_type)
        if result_type and re.fullmatch(self.without_result, written):
            statements = {NAMES[-1]: self.nothing}
        else:
            statements = {
                name: self.result.replace("{value}", self._value(written, name)) for name in NAMES
            }
        statements[RAISES] = self.raises
        return {
            name: self.block.replace("{statement}", statement)
            for name, statement in statements.items()
        }

    def _value(self, written: str, name: str) -> str:
        for values in self.values:
            found = re.fullmatch(values.pattern, written)
            if found is None:
                continue
            value = values.named(name).replace("{type}", written)
            if not re.search(r"\{(?:\d|all)\}", value):
                return value
            inner = [
                self._value(part, name)
                for group in found.groups()
                if group is not None
                for part in _split(group)
            ]
            for at, one in enumerate(inner):
                value = value.replace(f"{{{at}}}", one)
            return value.replace("{all}", ", ".join(inner))
        raise KeyError(written)


def _squeezed(text: str) -> str:
    """Remove blanks except between words."""
    return re.sub(r"\s*(\W)\s*", r"\1", re.sub(r"\s+", " ", text.strip())) if text else ""


def _split(types: str) -> list[str]:
    """Split at commas that are in no brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(types):
        depth += (character in "<([{") - (character in ">)]}")
        if character == "," and depth == 0:
            parts.append(types[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, types[start:]) if part.strip()]
