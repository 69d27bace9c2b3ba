"""Families that loop over integers: a series up to n, the digits of n."""

from __future__ import annotations

from random import Random

from codem_ray.starter.families import predicates as pr
from codem_ray.starter.families.code import (
    DropDigit,
    If,
    Let,
    Program,
    Return,
    Signature,
    Span,
    Update,
    While,
)
from codem_ray.starter.families.family import CodeFamily
from codem_ray.starter.families.testcode import Value

_Series = tuple[int, pr.Predicate, pr.Operation]


class Series(CodeFamily[_Series]):
    """The sum of changed integers from a start to n."""

    name = "series"
    signature = Signature((("n", "int"),), "int")

    def draw(self, rng: Random) -> _Series:
        """Draw the start, which integers count, and what is added for each."""
        condition = pr.draw_predicate(rng, pr.DIVISIONS)
        return rng.randint(0, 6), condition, pr.draw_operation(rng)

    def wordings(self, parameters: _Series) -> tuple[str, ...]:
        """Give the range, the condition and the term."""
        low, condition, operation = parameters
        test, term = pr.words(condition), pr.noun(operation, "i")
        return (
            f"Sum {term} over all i from {low} to n that are {test}.",
            f"For i from {low} to n, add up {term} if i is {test}.",
            (
                f"Go through the integers i from {low} to n, and for those {test} add {term} "
                "to the result."
            ),
        )

    def program(self, parameters: _Series) -> Program:
        """Add up in a loop."""
        low, condition, operation = parameters
        body = If(
            (
                (
                    pr.code(condition, "i"),
                    (Update("total", "+=", pr.operation_code(operation, "i")),),
                ),
            )
        )
        return Program((Let("total", "0"), Span("i", low, "n", (body,)), Return("total")))

    def meaning(self, parameters: _Series, arguments: tuple[Value, ...]) -> int:
        """Add up the terms."""
        low, condition, operation = parameters
        n = arguments[0]
        assert isinstance(n, int)
        chosen = filter(lambda i: pr.holds(condition, i), range(low, n + 1))
        return sum(pr.apply(operation, i) for i in chosen)

    def arguments(self, parameters: _Series, rng: Random) -> list[tuple[Value, ...]]:
        """Take an empty range, one element and longer ranges."""
        low, condition, _ = parameters
        return [(n,) for n in (low, low + 1, 5, 10, condition[1] * 3, rng.randint(15, 40))]

    def mutate(self, parameters: _Series, rng: Random) -> _Series:
        """Change the start, the condition or the term."""
        low, condition, operation = parameters
        part = rng.randrange(3)
        if part == 0:
            return low + rng.randint(1, 3), condition, operation
        if part == 1:
            return low, pr.mutated_predicate(rng, condition), operation
        return low, condition, pr.mutated_operation(rng, operation)


_Digits = tuple[str, pr.Predicate, pr.Operation]


class Digits(CodeFamily[_Digits]):
    """The number or the sum of some digits of n, changed by a last operation."""

    name = "digits"
    signature = Signature((("n", "int"),), "int")

    def draw(self, rng: Random) -> _Digits:
        """Draw what is wanted, which digits count, and the last operation."""
        kind, constant = rng.choice(pr.THRESHOLDS + pr.EQUALITIES), rng.randint(1, 8)
        return rng.choice(("count", "sum")), (kind, constant), pr.draw_operation(rng)

    def wordings(self, parameters: _Digits) -> tuple[str, ...]:
        """Name the digits, then the last operation."""
        kind, condition, operation = parameters
        test, last = pr.words(condition), pr.verb(operation)
        if kind == "count":
            return (
                f"Count the digits of the positive number n that are {test}, then {last}.",
                f"Take how many digits of n > 0 are {test} and {last}.",
                f"Find the number of digits of the positive n which are {test}; {last}.",
            )
        return (
            f"Sum the digits of the positive number n that are {test}, then {last}.",
            f"Take the total of all digits of n > 0 that are {test} and {last}.",
            f"Add up the digits of the positive n which are {test}; {last}.",
        )

    def program(self, parameters: _Digits) -> Program:
        """Take the digits off from the right."""
        kind, condition, operation = parameters
        name = "count" if kind == "count" else "total"
        update = Update(name, "+=", "1" if kind == "count" else "d")
        body = (
            Let("d", "n % 10"),
            If(((pr.code(condition, "d"), (update,)),)),
            DropDigit("n"),
        )
        return Program(
            (Let(name, "0"), While("n > 0", body), Return(pr.operation_code(operation, name)))
        )

    def meaning(self, parameters: _Digits, arguments: tuple[Value, ...]) -> int:
        """Read the digits of the number as it is written."""
        kind, condition, operation = parameters
        digits = [int(digit) for digit in str(arguments[0]) if pr.holds(condition, int(digit))]
        return pr.apply(operation, len(digits) if kind == "count" else sum(digits))

    def arguments(self, parameters: _Digits, rng: Random) -> list[tuple[Value, ...]]:
        """Take every digit, the edge and random numbers."""
        edge = parameters[1][1]
        drawn = [rng.randint(100, 999), rng.randint(10_000, 999_999)]
        return [(n,) for n in (1, edge, 10 * edge + edge + 1, 123456789, 909090, *drawn)]

    def mutate(self, parameters: _Digits, rng: Random) -> _Digits:
        """Change what is wanted, the condition or the last operation."""
        kind, condition, operation = parameters
        part = rng.randrange(3)
        if part == 0:
            return {"count": "sum", "sum": "count"}[kind], condition, operation
        if part == 1:
            return kind, pr.mutated_predicate(rng, condition), operation
        return kind, condition, pr.mutated_operation(rng, operation)
