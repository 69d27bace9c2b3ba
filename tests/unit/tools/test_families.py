"""Tests of what the starter kit's problem families are made of."""

from __future__ import annotations

import ast
import re
from collections import Counter
from itertools import islice
from random import Random
from typing import Any

import pytest

from tools.starter import draws
from tools.starter.families import CODE_FAMILIES, PAGE_FAMILIES
from tools.starter.families.domains import Predicate, near
from tools.starter.families.expressions import expression
from tools.starter.families.family import CodeFamily
from tools.starter.families.page_family import PageFamily
from tools.starter.families.signatures import CODE_LANGUAGES, Signature, signature_text
from tools.starter.families.split import BENCHMARK_CODE, BENCHMARK_PAGES
from tools.starter.families.statements import tail
from tools.starter.families.testcode import plain

FAMILIES: tuple[draws.Family, ...] = (*CODE_FAMILIES, *PAGE_FAMILIES)
MOST_WORDS = 25
MOST_PIECES = 140
"""Names, numbers, signs and line breaks of a whole solution."""
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
every_code_family = pytest.mark.parametrize("family", CODE_FAMILIES, ids=lambda family: family.name)


def _solve(family: CodeFamily, parameters: tuple[Any, ...]) -> Any:
    space: dict[str, Any] = {}
    drawn = draws.Draw(family, parameters, 0)
    exec(draws.whole_code(drawn, "python"), space)
    return space["solve"]


def test_there_are_enough_families() -> None:
    assert len(CODE_FAMILIES) >= 60
    assert len(PAGE_FAMILIES) >= 25
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_every_kind_of_problem_is_tuned_on_and_asked() -> None:
    names = {family.name for family in FAMILIES}
    assert names >= BENCHMARK_CODE
    assert names >= BENCHMARK_PAGES
    sides = Counter(
        (
            family.program.count("for ") > 0,
            family.takes.split("-> ")[1],
            bool(family.name in BENCHMARK_CODE),
        )
        for family in CODE_FAMILIES
    )
    for loops, returned, _ in list(sides):
        assert sides[loops, returned, True] > 0, (loops, returned)
        assert sides[loops, returned, False] > 0, (loops, returned)


@pytest.mark.parametrize("language", draws.LANGUAGES)
def test_no_family_is_both_tuned_on_and_asked(language: str) -> None:
    asked = {family.name for family in draws.benchmark_families(language)}
    tuned = {family.name for family in draws.tuning_families(language)}
    assert asked.isdisjoint(tuned)
    assert asked | tuned == {family.name for family in draws.families_of(language)}
    for family in draws.benchmark_families(language):
        with pytest.raises(ValueError, match="family of the benchmark"):
            draws.corpus_draws(family)


@every_family
def test_a_family_has_wordings_and_problems_enough(family: draws.Family) -> None:
    assert len(set(family.wordings)) >= 3
    assert len(list(islice(family.combinations(), 85))) == 85
    rng = Random(5)
    for _ in range(20):
        said = [family.describe(family.draw(rng), at) for at in range(len(family.wordings))]
        for text in said:
            assert len(text.split()) <= MOST_WORDS, text
            assert text.endswith("."), text
            assert "{" not in text


@every_family
def test_a_wording_says_every_parameter(family: draws.Family) -> None:
    rng = Random(6)
    for _ in range(10):
        parameters = family.draw(rng)
        changed = family.mutate(parameters, rng)
        for at in range(len(family.wordings)):
            assert family.describe(parameters, at) != family.describe(changed, at)


@every_code_family
def test_programs_agree_with_the_meaning_of_the_words(family: CodeFamily) -> None:
    rng = Random(11)
    for _ in range(12):
        parameters = family.draw(rng)
        solve = _solve(family, parameters)
        kinds = family.signature.types.values()
        for case in family.cases(parameters, rng):
            taken = [plain(v, k) for v, k in zip(case.arguments, kinds, strict=True)]
            got, wanted = solve(*taken), plain(case.expected, family.signature.returns)
            assert got == wanted
            assert type(got) is type(wanted)


@every_code_family
def test_the_meaning_of_a_mutant_disagrees_with_some_test(family: CodeFamily) -> None:
    rng = Random(12)
    for _ in range(4):
        parameters = family.draw(rng)
        cases = family.cases(parameters, rng)
        for mutant in family.mutants(parameters, cases, rng, 2):
            solve = _solve(family, mutant)
            kinds = family.signature.types.values()
            assert any(
                solve(*[plain(v, k) for v, k in zip(case.arguments, kinds, strict=True)])
                != plain(case.expected, family.signature.returns)
                for case in cases
            )


@every_code_family
@pytest.mark.parametrize("language", CODE_LANGUAGES)
def test_solutions_are_short(family: CodeFamily, language: str) -> None:
    rng = Random(13)
    code = draws.whole_code(draws.draw(family, rng), language)
    assert len(re.findall(r"\w+|[^\w\s]+|\n", code)) <= MOST_PIECES, code


@pytest.mark.parametrize("family", PAGE_FAMILIES, ids=lambda family: family.name)
def test_a_page_mutant_changes_what_the_checks_look_at(family: PageFamily) -> None:
    rng = Random(14)
    for _ in range(20):
        parameters = family.draw(rng)
        for mutant in family.mutants(parameters, rng, 2):
            assert family.assertions(mutant) != family.assertions(parameters)
            assert family.content(mutant) != family.content(parameters)


def _in(language: str, text: str) -> str:
    types = {"xs": "list", "s": "str", "item": "item", "result": "list", "a": "int", "b": "int"}
    return expression(ast.parse(text, mode="eval").body, types, language)


def test_expressions_keep_their_meaning_in_every_language() -> None:
    assert _in("javascript", "a // 10 == b") == "Math.floor(a / 10) === b"
    assert _in("c", "(a - 1) * 3 - (b - 2)") == "(a - 1) * 3 - (b - 2)"
    assert _in("go", "not (a % 3 == 0 and b > 1)") == "!(a % 3 == 0 && b > 1)"
    assert _in("python", "not a > b or b == 1") == "a <= b or b == 1"
    assert _in("java", "s[len(s) - 1] == 'c'") == "s.charAt(s.length() - 1) == 'c'"
    assert _in("java", "item.price * len(result)") == "item.price() * result.size()"
    assert _in("c", "len(result) + len(xs) + result[0]") == "size + n + out[0]"
    assert _in("python", "item.price > 3") == 'item["price"] > 3'


def test_loops_become_the_expressions_that_a_language_prefers() -> None:
    program = "count = 0\nfor x in xs:\n    if x > 3:\n        count += 1\nreturn_count"
    program = program.replace("return_count", "return count * 2")
    signature = Signature.read("xs: list -> int")
    assert "sum(1 for x in xs if x > 3) * 2" in tail(program, signature, "python")
    assert "xs.filter((x) => x > 3).length * 2" in tail(program, signature, "javascript")
    assert "for (int x : xs) {" in tail(program, signature, "java")
    every = "for x in xs:\n    if x > 3:\n        return False\nreturn True"
    assert "all(x <= 3 for x in xs)" in tail(every, Signature.read("xs: list -> bool"), "python")


def test_c_gets_room_for_what_it_cannot_return() -> None:
    taken = signature_text(Signature.read("xs: list -> list"), "c")
    assert taken == "int solve(const int *xs, int n, int *out)"
    assert signature_text(Signature.read("s: str -> str"), "c").startswith("void solve(")


def test_what_is_near_a_value_differs_in_one_part() -> None:
    domain = (Predicate("gt", 1), Predicate("gt", 2), Predicate("lt", 1), Predicate("lt", 2))
    assert near(Predicate("gt", 1), domain) == [Predicate("gt", 2), Predicate("lt", 1)]
    assert near("red river", ("red house", "blue river", "blue house")) == [
        "red house",
        "blue river",
    ]
