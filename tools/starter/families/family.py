"""The type of a family of code problems."""

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
"""One value of each domain, in the order of the domains."""
_MAX_TRIES = 400
_RIVALS = 12


def _anything(*parameters: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Parametrised:
    """Problems that differ in their parameters, each with several wordings."""

    name: str
    domains: Mapping[str, Domain]
    wordings: tuple[str, ...]
    """Templates: `{p}` is a parameter's wording, `{p:x}` its wording for x."""
    where: Callable[..., bool] = _anything
    """Whether a combination of parameters is a problem."""

    def draw(self, rng: Random) -> Parameters:
        """Draw parameters."""
        while True:
            parameters = tuple(rng.choice(domain) for domain in self.domains.values())
            if self.where(*parameters):
                return parameters

    def combinations(self) -> Iterator[Parameters]:
        """Yield all parameters that can be drawn."""
        return (
            parameters for parameters in product(*self.domains.values()) if self.where(*parameters)
        )

    def describe(self, parameters: Parameters, wording: int) -> str:
        """Describe the problem in one of the wordings."""
        said = {name: Said(value) for name, value in zip(self.domains, parameters, strict=True)}
        return self.wordings[wording].format(**said)

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Yield parameters with one part changed."""
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

    `meaning` computes the result from the wording alone, independently of `program`, so that a
    mistake in one of them shows as a disagreement.
    """

    takes: str
    """The signature: `xs: list -> int`."""
    program: str
    """The solution in the notation of `statements.py`; `{p:x}` is a parameter's code for x."""
    meaning: Callable[..., Any]
    """Function from parameters and arguments to the result of `solve`."""

    @cached_property
    def signature(self) -> Signature:
        """The parsed signature."""
        return Signature.read(self.takes)

    @cached_property
    def _template(self) -> str:
        return dedent(self.program).strip()

    def source(self, parameters: Parameters) -> str:
        """Return the program of a problem."""
        coded = {name: Coded(value) for name, value in zip(self.domains, parameters, strict=True)}
        return self._template.format(**coded)

    def result(self, parameters: Parameters, arguments: tuple[Value, ...]) -> Value:
        """Return the expected result of `solve`."""
        value = self.meaning(*parameters, *arguments)
        return tuple(value) if isinstance(value, list) else value

    def cases(self, parameters: Parameters, rng: Random) -> tuple[Case, ...]:
        """Return the tests of a problem, chosen so that solutions of changed problems fail."""
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
