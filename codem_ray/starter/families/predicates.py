"""Conditions on one integer and small operations: their words, their code and their meaning."""

from __future__ import annotations

from random import Random

Predicate = tuple[str, int]
Operation = tuple[str, int]

_WORDS = {
    "gt": "greater than",
    "lt": "less than",
    "ge": "at least",
    "le": "at most",
    "eq": "equal to",
    "ne": "not equal to",
    "div": "divisible by",
    "ndiv": "not divisible by",
}
_SYMBOLS = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "==", "ne": "!="}
_OPPOSITES = {
    "gt": "lt",
    "lt": "gt",
    "ge": "lt",
    "le": "gt",
    "eq": "ne",
    "ne": "eq",
    "div": "ndiv",
    "ndiv": "div",
}
THRESHOLDS = ("gt", "lt", "ge", "le")
DIVISIONS = ("div", "ndiv")
EQUALITIES = ("eq", "ne")


def draw_predicate(rng: Random, kinds: tuple[str, ...]) -> Predicate:
    """Draw a condition of one of `kinds`."""
    kind = rng.choice(kinds)
    return kind, rng.randint(2, 9) if kind in DIVISIONS else rng.randint(0, 9)


def words(predicate: Predicate) -> str:
    """Say a condition so that it can follow "is" or "are"."""
    kind, constant = predicate
    return f"{_WORDS[kind]} {constant}"


def code(predicate: Predicate, name: str) -> str:
    """Write a condition on the variable `name` in C's notation."""
    kind, constant = predicate
    if kind in DIVISIONS:
        return f"{name} % {constant} {'==' if kind == 'div' else '!='} 0"
    return f"{name} {_SYMBOLS[kind]} {constant}"


def holds(predicate: Predicate, value: int) -> bool:
    """Decide a condition."""
    kind, constant = predicate
    return {
        "gt": value > constant,
        "lt": value < constant,
        "ge": value >= constant,
        "le": value <= constant,
        "eq": value == constant,
        "ne": value != constant,
        "div": constant != 0 and value % constant == 0,
        "ndiv": constant != 0 and value % constant != 0,
    }[kind]


def mutated_predicate(rng: Random, predicate: Predicate) -> Predicate:
    """Change the operator or the constant of a condition."""
    kind, constant = predicate
    if rng.random() < 0.5:
        return _OPPOSITES[kind], constant
    return kind, constant + 1


OPERATORS = ("+", "-", "*")


def draw_operation(rng: Random, operators: tuple[str, ...] = OPERATORS) -> Operation:
    """Draw adding, subtracting or multiplying by a small constant."""
    operator = rng.choice(operators)
    return operator, rng.randint(2, 9) if operator == "*" else rng.randint(1, 9)


def verb(operation: Operation) -> str:
    """Say an operation as something to do."""
    operator, constant = operation
    return {"+": "add", "-": "subtract", "*": "multiply by"}[operator] + f" {constant}"


def noun(operation: Operation, name: str) -> str:
    """Say the value of an operation on `name`."""
    operator, constant = operation
    return f"{name} " + {"+": "plus", "-": "minus", "*": "times"}[operator] + f" {constant}"


def operation_code(operation: Operation, name: str) -> str:
    """Write an operation on the variable `name`."""
    return f"{name} {operation[0]} {operation[1]}"


def apply(operation: Operation, value: int) -> int:
    """Work out an operation."""
    operator, constant = operation
    if operator == "+":
        return value + constant
    return value - constant if operator == "-" else value * constant


def mutated_operation(rng: Random, operation: Operation) -> Operation:
    """Change the operator or the constant of an operation."""
    operator, constant = operation
    if rng.random() < 0.5:
        return {"+": "-", "-": "+", "*": "+"}[operator], constant
    return operator, constant + 1
