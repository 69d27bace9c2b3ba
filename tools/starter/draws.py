"""Draws of problems for the benchmark, for tuning, and for pretraining."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from tools.starter.families import CODE_FAMILIES, PAGE_FAMILIES
from tools.starter.families.family import CodeFamily, Parameters
from tools.starter.families.page_family import PageFamily, page_head, page_tail
from tools.starter.families.signatures import CODE_LANGUAGES, head
from tools.starter.families.split import BENCHMARK_CODE, BENCHMARK_PAGES
from tools.starter.families.statements import tail

Family = CodeFamily | PageFamily

LANGUAGES = (*CODE_LANGUAGES, "html")
SEED = 1
PROBLEMS_PER_CODE_FAMILY = 4
PROBLEMS_PER_PAGE_FAMILY = 8
"""Higher than for code, because there are fewer families of pages."""
PAIRS_PER_CODE_FAMILY = 20
PAIRS_PER_PAGE_FAMILY = 45


@dataclass(frozen=True, slots=True)
class Draw:
    """A problem: a family, its parameters and the number of its wording."""

    family: Family
    parameters: Parameters
    wording: int

    @property
    def description(self) -> str:
        """The problem in words."""
        return self.family.describe(self.parameters, self.wording)


def families_of(language: str) -> tuple[Family, ...]:
    """Return the families with problems in `language`."""
    return PAGE_FAMILIES if language == "html" else CODE_FAMILIES


def is_for_benchmark(family: Family) -> bool:
    """Whether a family belongs to the benchmark rather than to tuning."""
    split = BENCHMARK_PAGES if isinstance(family, PageFamily) else BENCHMARK_CODE
    return family.name in split


def benchmark_families(language: str) -> tuple[Family, ...]:
    """Return the benchmark families of `language`."""
    return tuple(family for family in families_of(language) if is_for_benchmark(family))


def tuning_families(language: str) -> tuple[Family, ...]:
    """Return the tuning families of `language`."""
    return tuple(family for family in families_of(language) if not is_for_benchmark(family))


def draw(family: Family, rng: Random) -> Draw:
    """Draw one problem."""
    return Draw(family, family.draw(rng), rng.randrange(len(family.wordings)))


def _distinct(family: Family, count: int, rng: Random) -> list[Draw]:
    found: dict[Parameters, Draw] = {}
    while len(found) < count:
        drawn = draw(family, rng)
        found.setdefault(drawn.parameters, drawn)
    return list(found.values())


def benchmark_draws(family: Family) -> list[Draw]:
    """Draw the benchmark problems of a family; none for a tuning family."""
    if not is_for_benchmark(family):
        return []
    is_page = isinstance(family, PageFamily)
    count = PROBLEMS_PER_PAGE_FAMILY if is_page else PROBLEMS_PER_CODE_FAMILY
    return _distinct(family, count, Random(f"{SEED}/benchmark/{family.name}"))


def corpus_draws(family: Family, *, use: str = "corpus") -> list[Draw]:
    """Draw the problems of a tuning family, equal for every language."""
    if is_for_benchmark(family):
        raise ValueError(f"{family.name} is a family of the benchmark: nothing is tuned on it")
    is_page = isinstance(family, PageFamily)
    count = PAIRS_PER_PAGE_FAMILY if is_page else PAIRS_PER_CODE_FAMILY
    return _distinct(family, count, Random(f"{SEED}/{use}/{family.name}"))


@cache
def _held_out_by_name(is_page: bool) -> dict[str, frozenset[Parameters]]:
    families: tuple[Family, ...] = PAGE_FAMILIES if is_page else CODE_FAMILIES
    return {
        family.name: frozenset(drawn.parameters for drawn in benchmark_draws(family))
        for family in families
    }


def held_out(family: Family) -> frozenset[Parameters]:
    """Return the parameter combinations of the benchmark, which no training data may use."""
    return _held_out_by_name(isinstance(family, PageFamily))[family.name]


def free_draws(language: str, rng: Random) -> Iterator[Draw]:
    """Yield problems of all families endlessly, without those that are held out.

    The base model is pretrained on them, because a real model has seen problems of every kind.
    """
    families = families_of(language)
    while True:
        drawn = draw(rng.choice(families), rng)
        if drawn.parameters not in held_out(drawn.family):
            yield drawn


def opening(drawn: Draw, language: str, *, is_commented: bool) -> str:
    """Write the code that stands before the solution."""
    description = drawn.description if is_commented else None
    family = drawn.family
    if isinstance(family, PageFamily):
        return page_head(description)
    return head(family.signature, family.source(drawn.parameters), language, description)


def solution(family: Family, parameters: Parameters, language: str) -> str:
    """Write the code that follows `opening`."""
    if isinstance(family, PageFamily):
        return page_tail(family.content(parameters))
    return tail(family.source(parameters), family.signature, language)


def whole_code(drawn: Draw, language: str, *, is_commented: bool = False) -> str:
    """Write the whole answer to a problem."""
    code = opening(drawn, language, is_commented=is_commented)
    return code + solution(drawn.family, drawn.parameters, language)
