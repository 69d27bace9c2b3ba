"""What a family of code problems is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from random import Random
from textwrap import dedent
from typing import Any

from tools.starter.families.arguments import choose_arguments
from tools.starter.families.domains import (
    Coded,
    Domain,
    Said,
    letters_in,
    near,
    numbers_in,
)
from tools.starter.families.signatures import Signature
from tools.starter.families.testcode import Case, Value

Parameters = tuple[Any, ...]
"""A value of every domain, in the order of the domains."""
_MAX_TRIES = 400
_RIVALS = 12


def _anything(*parameters: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Parametrised:
    """Problems that differ in parameters, described in several wordings."""

    name: str
    domains: Mapping[str, Domain]
    wordings: tuple[str, ...]
    """Templates: `{p}` says a parameter, `{p:x}` says it of x."""
    where: Callable[..., bool] = _anything
    """Which combinations of parameters make a problem."""

    def draw(self, rng: Random) -> Parameters:
        """Draw parameters."""
        while True:
            parameters = tuple(rng.choice(domain) for domain in self.domains.values())
            if self.where(*parameters):
                return parameters

    def combinations(self) -> Iterator[Parameters]:
        """Go through all parameters that can be drawn."""
        return (one for one in product(*self.domains.values()) if self.where(*one))

    def describe(self, parameters: Parameters, wording: int) -> str:
        """Describe the problem in one of the wordings."""
        said = {name: Said(value) for name, value in zip(self.domains, parameters, strict=True)}
        return self.wordings[wording].format(**said)

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change one parameter in one of its parts."""
        while True:
            at = rng.randrange(len(parameters))
            domain = list(self.domains.values())[at]
            changed = rng.choice(near(parameters[at], domain))
            mutant = (*parameters[:at], changed, *parameters[at + 1 :])
            if self.where(*mutant):
                return mutant


@dataclass(frozen=True, kw_only=True)
class CodeFamily(Parametrised):
    """Problems that a function `solve` solves.

    `meaning` is worked out in Python from the words alone and never looks at `program`, so a
    mistake in the one shows as a disagreement with the other.
    """

    takes: str
    """The signature: `xs: list -> int`."""
    program: str
    """The solution, as `statements.py` reads it; `{p:x}` writes a parameter's code for x."""
    meaning: Callable[..., Any]
    """Parameters and arguments to what `solve` must return."""

    @cached_property
    def signature(self) -> Signature:
        """The signature, read."""
        return Signature.read(self.takes)

    @cached_property
    def _template(self) -> str:
        return dedent(self.program).strip()

    def source(self, parameters: Parameters) -> str:
        """Write the program of a problem."""
        coded = {name: Coded(value) for name, value in zip(self.domains, parameters, strict=True)}
        return self._template.format(**coded)

    def result(self, parameters: Parameters, arguments: tuple[Value, ...]) -> Value:
        """Work out what `solve` must return."""
        value = self.meaning(*parameters, *arguments)
        return tuple(value) if isinstance(value, list) else value

    def cases(self, parameters: Parameters, rng: Random) -> tuple[Case, ...]:
        """Make the tests of a problem; they tell changed problems apart wherever they can."""
        rivals = [partial(self.result, self.mutate(parameters, rng)) for _ in range(_RIVALS)]
        chosen = choose_arguments(
            self.signature.kinds,
            numbers_in(parameters),
            letters_in(parameters),
            partial(self.result, parameters),
            rivals,
            rng,
        )
        return tuple(Case(arguments, expected) for arguments, expected in chosen)

    def mutants(
        self, parameters: Parameters, cases: tuple[Case, ...], rng: Random, count: int
    ) -> list[Parameters]:
        """Choose `count` changed problems whose solutions fail at least one of `cases`."""
        found: list[Parameters] = []
        for _ in range(_MAX_TRIES):
            changed = self.mutate(parameters, rng)
            if changed not in found and any(
                self.result(changed, case.arguments) != case.expected for case in cases
            ):
                found.append(changed)
            if len(found) == count:
                return found
        raise RuntimeError(f"{self.name}: the tests of {parameters} tell too few mutants apart")
