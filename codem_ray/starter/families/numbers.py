"""Families on single integers: two steps, a branch, a yes-or-no question."""

from __future__ import annotations

from random import Random

from codem_ray.starter.families import predicates as pr
from codem_ray.starter.families.code import If, Program, Return, Signature
from codem_ray.starter.families.family import CodeFamily
from codem_ray.starter.families.testcode import Value


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


class TwoSteps(CodeFamily[tuple[pr.Operation, pr.Operation]]):
    """Two operations with constants, one after the other."""

    name = "two_steps"
    signature = Signature((("a", "int"),), "int")

    def draw(self, rng: Random) -> tuple[pr.Operation, pr.Operation]:
        """Draw both operations."""
        return pr.draw_operation(rng), pr.draw_operation(rng)

    def wordings(self, parameters: tuple[pr.Operation, pr.Operation]) -> tuple[str, ...]:
        """Name the steps in their order."""
        first, second = map(pr.verb, parameters)
        return (
            f"Start with a, {first}, then {second}.",
            f"Return the result when you take a, {first} and then {second}.",
            f"To a {first}. After that {second}. Return the result.",
        )

    def program(self, parameters: tuple[pr.Operation, pr.Operation]) -> Program:
        """Return one expression."""
        first, second = parameters
        inner = pr.operation_code(first, "a")
        if second[0] == "*" and first[0] != "*":
            inner = f"({inner})"
        return Program((Return(pr.operation_code(second, inner)),))

    def meaning(
        self, parameters: tuple[pr.Operation, pr.Operation], arguments: tuple[Value, ...]
    ) -> int:
        """Carry out both steps."""
        first, second = parameters
        return pr.apply(second, pr.apply(first, _number(arguments[0])))

    def arguments(
        self, parameters: tuple[pr.Operation, pr.Operation], rng: Random
    ) -> list[tuple[Value, ...]]:
        """Take zero, both signs and a few others."""
        return [(a,) for a in (0, 1, 7, -4, rng.randint(10, 60), rng.randint(-60, -10))]

    def mutate(
        self, parameters: tuple[pr.Operation, pr.Operation], rng: Random
    ) -> tuple[pr.Operation, pr.Operation]:
        """Change one of the steps."""
        first, second = parameters
        if rng.random() < 0.5:
            return pr.mutated_operation(rng, first), second
        return first, pr.mutated_operation(rng, second)


_Branch = tuple[pr.Predicate, pr.Operation, pr.Operation]


class Branch(CodeFamily[_Branch]):
    """One of two operations, by a condition."""

    name = "branch"
    signature = Signature((("a", "int"),), "int")

    def draw(self, rng: Random) -> _Branch:
        """Draw the condition and two operations that differ."""
        condition = pr.draw_predicate(rng, pr.THRESHOLDS + pr.EQUALITIES)
        then = pr.draw_operation(rng)
        otherwise = pr.draw_operation(rng)
        while otherwise == then:
            otherwise = pr.draw_operation(rng)
        return condition, then, otherwise

    def wordings(self, parameters: _Branch) -> tuple[str, ...]:
        """Say the condition first or between."""
        condition, then, otherwise = parameters
        test, yes, no = pr.words(condition), pr.noun(then, "a"), pr.noun(otherwise, "a")
        return (
            f"If a is {test}, return {yes}; otherwise return {no}.",
            f"Return {yes} when a is {test}, else {no}.",
            f"When a is {test} the answer is {yes}, in all other cases {no}.",
        )

    def program(self, parameters: _Branch) -> Program:
        """Return early when the condition holds."""
        condition, then, otherwise = parameters
        return Program(
            (
                If(((pr.code(condition, "a"), (Return(pr.operation_code(then, "a")),)),)),
                Return(pr.operation_code(otherwise, "a")),
            )
        )

    def meaning(self, parameters: _Branch, arguments: tuple[Value, ...]) -> int:
        """Choose the operation that the condition asks for."""
        condition, then, otherwise = parameters
        a = _number(arguments[0])
        return pr.apply(then if pr.holds(condition, a) else otherwise, a)

    def arguments(self, parameters: _Branch, rng: Random) -> list[tuple[Value, ...]]:
        """Take both sides of the edge and the edge itself."""
        edge = parameters[0][1]
        far = (edge + rng.randint(5, 30), edge - rng.randint(5, 30))
        return [(a,) for a in (edge - 1, edge, edge + 1, *far, 3, -6)]

    def mutate(self, parameters: _Branch, rng: Random) -> _Branch:
        """Change the condition or one of the operations."""
        condition, then, otherwise = parameters
        part = rng.randrange(3)
        if part == 0:
            return pr.mutated_predicate(rng, condition), then, otherwise
        if part == 1:
            return condition, pr.mutated_operation(rng, then), otherwise
        return condition, then, pr.mutated_operation(rng, otherwise)


_Check = tuple[pr.Predicate, str, pr.Predicate]


class Check(CodeFamily[_Check]):
    """A condition on each of two integers, joined by and or by or."""

    name = "check"
    signature = Signature((("a", "int"), ("b", "int")), "bool")

    def draw(self, rng: Random) -> _Check:
        """Draw both conditions and what joins them."""
        kinds = pr.THRESHOLDS + pr.DIVISIONS + pr.EQUALITIES
        return (
            pr.draw_predicate(rng, kinds),
            rng.choice(("and", "or")),
            pr.draw_predicate(rng, kinds),
        )

    def wordings(self, parameters: _Check) -> tuple[str, ...]:
        """Ask the question."""
        first, joint, second = parameters
        question = f"a is {pr.words(first)} {joint} b is {pr.words(second)}"
        return (
            f"Tell whether {question}.",
            f"Return true if {question}, and false if not.",
            f"Check that {question}.",
        )

    def program(self, parameters: _Check) -> Program:
        """Return one condition."""
        first, joint, second = parameters
        symbol = {"and": "&&", "or": "||"}[joint]
        return Program((Return(f"{pr.code(first, 'a')} {symbol} {pr.code(second, 'b')}"),))

    def meaning(self, parameters: _Check, arguments: tuple[Value, ...]) -> bool:
        """Decide both conditions."""
        first, joint, second = parameters
        answers = (
            pr.holds(first, _number(arguments[0])),
            pr.holds(second, _number(arguments[1])),
        )
        return all(answers) if joint == "and" else any(answers)

    def arguments(self, parameters: _Check, rng: Random) -> list[tuple[Value, ...]]:
        """Cross values around both edges."""
        first, _, second = parameters
        around = [(edge - 1, edge, edge + 1, edge * 2 + 10) for edge in (first[1], second[1])]
        return [(a, b) for a in around[0] for b in around[1]]

    def mutate(self, parameters: _Check, rng: Random) -> _Check:
        """Change one condition or what joins them."""
        first, joint, second = parameters
        part = rng.randrange(3)
        if part == 0:
            return pr.mutated_predicate(rng, first), joint, second
        if part == 1:
            return first, joint, pr.mutated_predicate(rng, second)
        return first, {"and": "or", "or": "and"}[joint], second
