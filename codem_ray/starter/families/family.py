"""What a family of code problems is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import Generic, TypeVar

from codem_ray.starter.families.code import Program, Signature
from codem_ray.starter.families.testcode import Case, Value

P = TypeVar("P")

_MAX_TRIES = 400


class CodeFamily(ABC, Generic[P]):
    """Problems that differ in parameters, each with words, a program and a meaning.

    `meaning` is worked out in Python from the words alone and never looks at `program`, so a
    mistake in the one shows as a disagreement with the other.
    """

    name: str
    signature: Signature

    @abstractmethod
    def draw(self, rng: Random) -> P:
        """Draw parameters; they are hashable."""

    @abstractmethod
    def wordings(self, parameters: P) -> tuple[str, ...]:
        """Describe the problem in each of the family's wordings."""

    @abstractmethod
    def program(self, parameters: P) -> Program:
        """Solve the problem."""

    @abstractmethod
    def meaning(self, parameters: P, arguments: tuple[Value, ...]) -> int | bool:
        """Work out what `solve` must return."""

    @abstractmethod
    def arguments(self, parameters: P, rng: Random) -> list[tuple[Value, ...]]:
        """Choose the calls that test a solution."""

    @abstractmethod
    def mutate(self, parameters: P, rng: Random) -> P:
        """Change one operator or constant."""

    def cases(self, parameters: P, rng: Random) -> tuple[Case, ...]:
        """Make the tests of a problem."""
        return tuple(
            Case(arguments, self.meaning(parameters, arguments))
            for arguments in dict.fromkeys(self.arguments(parameters, rng))
        )

    def mutants(self, parameters: P, cases: tuple[Case, ...], rng: Random, count: int) -> list[P]:
        """Choose `count` changed problems whose solutions fail at least one of `cases`."""
        found: list[P] = []
        for _ in range(_MAX_TRIES):
            changed = self.mutate(parameters, rng)
            if changed not in found and any(
                self.meaning(changed, case.arguments) != case.expected for case in cases
            ):
                found.append(changed)
            if len(found) == count:
                return found
        raise RuntimeError(f"{self.name}: the tests of {parameters} tell too few mutants apart")


def draw_list(rng: Random, length: int, low: int = 0, high: int = 20) -> tuple[int, ...]:
    """Draw a list of small integers."""
    return tuple(rng.randint(low, high) for _ in range(length))
