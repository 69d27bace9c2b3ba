"""Domains of parameters: each value has a wording, code in a program, and a meaning."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from itertools import product
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Term(Protocol):
    """A value with its own wording and code; `of` is the expression that it applies to."""

    def words(self, of: str) -> str:
        """Return the wording."""

    def code(self, of: str) -> str:
        """Return an expression of a family's program."""


Parameter = int | str | Term
Domain = tuple[Any, ...]
"""All values of a parameter."""

_PREDICATES: dict[str, tuple[str, str, Callable[[int, int], bool]]] = {
    "gt": ("greater than", ">", operator.gt),
    "lt": ("less than", "<", operator.lt),
    "ge": ("at least", ">=", operator.ge),
    "le": ("at most", "<=", operator.le),
    "eq": ("equal to", "==", operator.eq),
    "ne": ("not equal to", "!=", operator.ne),
    "div": ("divisible by", "== 0", lambda x, k: x % k == 0),
    "ndiv": ("not divisible by", "!= 0", lambda x, k: x % k != 0),
}


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on one integer."""

    kind: str
    constant: int

    def words(self, of: str) -> str:
        """Return a wording that can follow "is" or "are"."""
        return f"{_PREDICATES[self.kind][0]} {self.constant}"

    def code(self, of: str) -> str:
        """Return the comparison as code."""
        symbol = _PREDICATES[self.kind][1]
        if self.kind in ("div", "ndiv"):
            return f"({of}) % {self.constant} {symbol}"
        return f"({of}) {symbol} {self.constant}"

    def holds(self, value: int) -> bool:
        """Evaluate the condition."""
        return _PREDICATES[self.kind][2](value, self.constant)


_OPERATIONS = {
    "+": ("add", "plus", operator.add),
    "-": ("subtract", "minus", operator.sub),
    "*": ("multiply by", "times", operator.mul),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """Adding, subtracting or multiplying by a small constant."""

    symbol: str
    constant: int

    def words(self, of: str) -> str:
        """Describe the result for `of`, or the action if `of` is empty."""
        verb, between, _ = _OPERATIONS[self.symbol]
        return f"{of} {between} {self.constant}" if of else f"{verb} {self.constant}"

    def code(self, of: str) -> str:
        """Return the operation as code."""
        return f"({of}) {self.symbol} {self.constant}"

    def of(self, value: int) -> int:
        """Compute the result."""
        result: int = _OPERATIONS[self.symbol][2](value, self.constant)
        return result


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the small alphabet."""

    letter: str

    def words(self, of: str) -> str:
        """Return the quoted letter."""
        return f'"{self.letter}"'

    def code(self, of: str) -> str:
        """Return the quoted letter."""
        return f'"{self.letter}"'


_LETTER_TESTS: dict[str, tuple[str, Callable[[str, str], bool]]] = {
    "equal to": ("==", operator.eq),
    "not equal to": ("!=", operator.ne),
    "before": ("<", operator.lt),
    "after": (">", operator.gt),
}


@dataclass(frozen=True, slots=True)
class LetterTest:
    """A condition on one letter."""

    kind: str
    letter: str

    def words(self, of: str) -> str:
        """Return a wording that can follow "is" or "are"."""
        return f'{self.kind} "{self.letter}"'

    def code(self, of: str) -> str:
        """Return the comparison as code."""
        return f'({of}) {_LETTER_TESTS[self.kind][0]} "{self.letter}"'

    def holds(self, letter: str) -> bool:
        """Evaluate the condition."""
        return _LETTER_TESTS[self.kind][1](letter, self.letter)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, each with the code that stands for it."""

    word: str
    text: str

    def words(self, of: str) -> str:
        """Return the wording."""
        return self.word

    def code(self, of: str) -> str:
        """Return the code; the operands `L,R` put the operator between them."""
        left, found, right = of.partition(",")
        return f"({left}) {self.text} ({right})" if found else self.text

    def between(self, left: Any, right: Any) -> Any:
        """Apply the operator."""
        operators: dict[str, Callable[[Any, Any], Any]] = {
            "and": lambda a, b: bool(a) and bool(b),
            "or": lambda a, b: bool(a) or bool(b),
            "+": operator.add,
            "-": operator.sub,
            "*": operator.mul,
            ">": operator.gt,
            "<": operator.lt,
            ">=": operator.ge,
            "<=": operator.le,
        }
        return operators[self.text](left, right)


DIGITS: Domain = tuple(range(10))
POSITIVE: Domain = tuple(range(1, 10))
DIVISORS: Domain = tuple(range(2, 10))
TENS: Domain = tuple(range(10, 100, 10))
THRESHOLDS: Domain = tuple(Predicate(k, c) for k, c in product(("gt", "lt", "ge", "le"), DIGITS))
DIVISIONS: Domain = tuple(Predicate(k, c) for k, c in product(("div", "ndiv"), DIVISORS))
EQUALITIES: Domain = tuple(Predicate(k, c) for k, c in product(("eq", "ne"), DIGITS))
PREDICATES: Domain = (*THRESHOLDS, *DIVISIONS, *EQUALITIES)
OPERATIONS: Domain = (
    *(Operation(symbol, constant) for symbol, constant in product("+-", POSITIVE)),
    *(Operation("*", constant) for constant in DIVISORS),
)
ALPHABET = "abcdefghij"
LETTERS: Domain = tuple(Letter(letter) for letter in ALPHABET)
LETTER_TESTS: Domain = tuple(
    # No letter is before the first one or after the last one.
    LetterTest(kind, letter)
    for kind, letter in product(_LETTER_TESTS, ALPHABET[1:-1])
)
JOINTS: Domain = (Choice("and", "and"), Choice("or", "or"))
COMPARISONS: Domain = (
    Choice("greater than", ">"),
    Choice("less than", "<"),
    Choice("at least", ">="),
    Choice("at most", "<="),
)
COMBINATIONS: Domain = (Choice("sum", "+"), Choice("product", "*"))
FIELDS: Domain = (Choice("price", "price"), Choice("count", "count"))

COLOURS: Domain = ("red", "green", "blue", "white", "black", "brown", "golden", "silver")
THINGS: Domain = ("garden", "river", "house", "forest", "mountain", "market", "school", "harbor")
FOODS: Domain = ("bread", "cheese", "apple", "lemon", "honey", "rice", "tea", "soup")
LABELS: Domain = ("email", "name", "city", "phone", "age", "street", "country", "code")
PHRASES: Domain = tuple(f"{colour} {thing}" for colour, thing in product(COLOURS, THINGS))


@dataclass(frozen=True, slots=True)
class Said:
    """A parameter as a wording formats it."""

    value: Parameter

    def __format__(self, spec: str) -> str:
        return self.value.words(spec) if isinstance(self.value, Term) else str(self.value)


@dataclass(frozen=True, slots=True)
class Coded:
    """A parameter as a program formats it."""

    value: Parameter

    def __format__(self, spec: str) -> str:
        return self.value.code(spec) if isinstance(self.value, Term) else str(self.value)


def _parts(value: Any) -> tuple[Any, ...]:
    if is_dataclass(value) and not isinstance(value, Choice):
        return tuple(getattr(value, field.name) for field in fields(value))
    return tuple(value.split()) if isinstance(value, str) else (value,)


def near(value: Any, domain: Domain) -> list[Any]:
    """Return the values of a domain that differ from `value` in one part."""
    own = _parts(value)
    return [
        other
        for other in domain
        if sum(a != b for a, b in zip(own, _parts(other), strict=True)) == 1
    ]


def numbers_in(parameters: tuple[Any, ...]) -> list[int]:
    """Return the integer constants of the parameters."""
    parts = [part for value in parameters for part in _parts(value)]
    return [part for part in parts if isinstance(part, int)]


def letters_in(parameters: tuple[Any, ...]) -> str:
    """Return the letters of the parameters."""
    return "".join(value.letter for value in parameters if isinstance(value, (Letter, LetterTest)))
