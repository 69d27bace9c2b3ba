"""Families on lists and strings: count, add up, find the largest, score letters."""

from __future__ import annotations

from random import Random

from codem_ray.starter.families import predicates as pr
from codem_ray.starter.families.code import (
    Characters,
    Each,
    If,
    Let,
    Program,
    Return,
    Signature,
    Update,
    expression,
)
from codem_ray.starter.families.family import CodeFamily, draw_list
from codem_ray.starter.families.testcode import Value


def _list(value: Value) -> tuple[int, ...]:
    assert isinstance(value, tuple)
    return value


def _lists(rng: Random, predicates: tuple[pr.Predicate, ...]) -> list[tuple[Value, ...]]:
    """Choose lists around the edges of `predicates`."""
    around = tuple(
        value
        for _, edge in predicates
        for value in (edge, edge + 1, edge - 1, 2 * edge, 2 * edge + 1)
    )
    drawn = [draw_list(rng, length) for length in (1, 4, 6, 9)]
    return [((),), (around,), *((values,) for values in drawn), (draw_list(rng, 6, -12, 12),)]


_Count = tuple[pr.Predicate, str, pr.Predicate]


class CountElements(CodeFamily[_Count]):
    """How many elements of a list satisfy two joined conditions."""

    name = "count_elements"
    signature = Signature((("xs", "list"),), "int")

    def draw(self, rng: Random) -> _Count:
        """Draw a threshold, a division and what joins them."""
        first = pr.draw_predicate(rng, pr.THRESHOLDS)
        return first, rng.choice(("and", "or")), pr.draw_predicate(rng, pr.DIVISIONS)

    def wordings(self, parameters: _Count) -> tuple[str, ...]:
        """Ask for the number of elements."""
        first, joint, second = parameters
        test = f"{pr.words(first)} {joint} {pr.words(second)}"
        return (
            f"Count the elements of xs that are {test}.",
            f"Return how many numbers in xs are {test}.",
            f"Find the number of values in the list xs which are {test}.",
        )

    def program(self, parameters: _Count) -> Program:
        """Count in a loop."""
        first, joint, second = parameters
        symbol = {"and": "&&", "or": "||"}[joint]
        test = f"{pr.code(first, 'x')} {symbol} {pr.code(second, 'x')}"
        body = If(((test, (Update("count", "+=", "1"),)),))
        return Program(
            (Let("count", "0"), Each("x", (body,)), Return("count")),
            idioms=(
                ("python", f"sum(1 for x in xs if {expression(test, 'python')})"),
                ("javascript", f"xs.filter((x) => {expression(test, 'javascript')}).length"),
                ("typescript", f"xs.filter((x) => {expression(test, 'typescript')}).length"),
            ),
        )

    def meaning(self, parameters: _Count, arguments: tuple[Value, ...]) -> int:
        """Decide every element."""
        first, joint, second = parameters
        decide = all if joint == "and" else any
        return len(
            [x for x in _list(arguments[0]) if decide((pr.holds(first, x), pr.holds(second, x)))]
        )

    def arguments(self, parameters: _Count, rng: Random) -> list[tuple[Value, ...]]:
        """Choose an empty list, edges and random lists."""
        return _lists(rng, (parameters[0], parameters[2]))

    def mutate(self, parameters: _Count, rng: Random) -> _Count:
        """Change one condition or what joins them."""
        first, joint, second = parameters
        part = rng.randrange(3)
        if part == 0:
            return pr.mutated_predicate(rng, first), joint, second
        if part == 1:
            return first, joint, pr.mutated_predicate(rng, second)
        return first, {"and": "or", "or": "and"}[joint], second


_Fold = tuple[str, pr.Predicate, pr.Operation]


class FoldElements(CodeFamily[_Fold]):
    """The sum, the largest or the smallest of the chosen elements of a list."""

    name = "fold_elements"
    signature = Signature((("xs", "list"),), "int")

    def draw(self, rng: Random) -> _Fold:
        """Draw what is wanted, a condition, and an operation on the result or the elements."""
        kind = rng.choice(("sum", "sum", "largest"))
        condition = pr.draw_predicate(rng, pr.THRESHOLDS + pr.DIVISIONS)
        # The largest has only a constant to start from: a sign would make twins of one problem.
        operators = pr.OPERATORS if kind == "sum" else ("+",)
        return kind, condition, pr.draw_operation(rng, operators)

    def wordings(self, parameters: _Fold) -> tuple[str, ...]:
        """Ask for the sum of changed elements, or for the largest starting from a value."""
        kind, condition, operation = parameters
        test = pr.words(condition)
        if kind == "sum":
            value = pr.noun(operation, "x")
            return (
                f"Sum {value} over the elements x of xs that are {test}.",
                f"Add up {value} for every x in xs that is {test}.",
                f"For each x in xs which is {test}, add {value} to a total and return it.",
            )
        start = operation[1]
        return (
            f"Return the largest element of xs that is {test}, but not less than {start}.",
            f"Find the maximum of {start} and all x in xs that are {test}.",
            f"Start with {start} and return the biggest number in xs that is {test}.",
        )

    def program(self, parameters: _Fold) -> Program:
        """Fold in a loop."""
        kind, condition, operation = parameters
        test = pr.code(condition, "x")
        if kind == "sum":
            value = pr.operation_code(operation, "x")
            body = If(((test, (Update("total", "+=", value),)),))
            return Program(
                (Let("total", "0"), Each("x", (body,)), Return("total")),
                idioms=(("python", f"sum({value} for x in xs if {test})"),),
            )
        body = If(((f"{test} && x > best", (Update("best", "=", "x"),)),))
        start = str(operation[1])
        return Program((Let("best", start), Each("x", (body,)), Return("best")))

    def meaning(self, parameters: _Fold, arguments: tuple[Value, ...]) -> int:
        """Choose the elements, then fold them."""
        kind, condition, operation = parameters
        chosen = [x for x in _list(arguments[0]) if pr.holds(condition, x)]
        if kind == "sum":
            return sum(pr.apply(operation, x) for x in chosen)
        return max([operation[1], *chosen])

    def arguments(self, parameters: _Fold, rng: Random) -> list[tuple[Value, ...]]:
        """Choose an empty list, edges and random lists."""
        edge = parameters[1][1]
        lists = _lists(rng, (parameters[1],))
        return [*lists, ((edge,),), ((edge + 1,),), ((-3, -edge),)]

    def mutate(self, parameters: _Fold, rng: Random) -> _Fold:
        """Change the condition or the operation."""
        kind, condition, operation = parameters
        if rng.random() < 0.5:
            return kind, pr.mutated_predicate(rng, condition), operation
        if kind == "largest":
            return kind, condition, (operation[0], operation[1] + rng.randint(1, 3))
        return kind, condition, pr.mutated_operation(rng, operation)


_LETTERS = "abcdefghij"
_Letters = tuple[str, int, str, int]


class ScoreLetters(CodeFamily[_Letters]):
    """Points for each of two letters of a string."""

    name = "score_letters"
    signature = Signature((("s", "str"),), "int")

    def draw(self, rng: Random) -> _Letters:
        """Draw two letters and their points."""
        first, second = rng.sample(_LETTERS, 2)
        points = rng.sample(range(1, 10), 2)
        return first, points[0], second, points[1]

    def wordings(self, parameters: _Letters) -> tuple[str, ...]:
        """Give the points of both letters."""
        first, some, second, others = parameters
        return (
            f"Score s: {some} for each '{first}' and {others} for each '{second}'.",
            (
                f"Each '{first}' in s is worth {some} and each '{second}' is worth {others}. "
                "Return the total."
            ),
            (
                f"Return the sum over s of {some} for every '{first}' and {others} for every "
                f"'{second}'."
            ),
        )

    def program(self, parameters: _Letters) -> Program:
        """Add the points of each character."""
        first, some, second, others = parameters
        body = If(
            (
                (f"c == '{first}'", (Update("total", "+=", str(some)),)),
                (f"c == '{second}'", (Update("total", "+=", str(others)),)),
            )
        )
        idiom = f's.count("{first}") * {some} + s.count("{second}") * {others}'
        return Program(
            (Let("total", "0"), Characters("c", (body,)), Return("total")),
            idioms=(("python", idiom),),
        )

    def meaning(self, parameters: _Letters, arguments: tuple[Value, ...]) -> int:
        """Look up the points of each character."""
        first, some, second, others = parameters
        points = {first: some, second: others}
        text = arguments[0]
        assert isinstance(text, str)
        return sum(points.get(character, 0) for character in text)

    def arguments(self, parameters: _Letters, rng: Random) -> list[tuple[Value, ...]]:
        """Choose strings with one letter, both, none and others."""
        first, _, second, _ = parameters
        mixed = "".join(rng.choice(first + second + _LETTERS) for _ in range(12))
        return [
            (text,) for text in ("", first, second, first + second + second, "xyz", _LETTERS, mixed)
        ]

    def mutate(self, parameters: _Letters, rng: Random) -> _Letters:
        """Change points or a letter, or swap the points."""
        first, some, second, others = parameters
        part = rng.randrange(4)
        if part == 0:
            return first, others, second, some
        if part == 1:
            return first, some + 1, second, others
        if part == 2:
            return first, some, second, others + 1
        return rng.choice([c for c in _LETTERS if c not in (first, second)]), some, second, others
