"""Similarity of languages, and whether gains follow it."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from planted_study import LANGUAGES, planted_losses

from codem_ray.analysis.mantel import mantel_test
from codem_ray.analysis.similarity import Similarity, language_similarity
from codem_ray.analysis.transfer_study import transfer_study
from codem_ray.benchmarks import load
from codem_ray.extraction.answers import whole_answer
from codem_ray.records import PromptStyle

Gains = dict[tuple[str, str], float]


def random_similarity(languages: tuple[str, ...], number: int = 0) -> Similarity:
    generator = np.random.default_rng(number)
    values = {frozenset(pair): generator.random() for pair in combinations(languages, 2)}
    return Similarity(name="tokens", languages=languages, num_problems=1, values=values)


def gains_like(similarity: Similarity, noise: float = 0.0) -> Gains:
    """Return gains that are similarity plus effects of source and target, and noise."""
    generator = np.random.default_rng(5)
    names = similarity.languages
    return {
        (s, t): similarity.values[frozenset((s, t))]
        + 3 * names.index(s)
        - 2 * names.index(t)
        + noise * generator.normal()
        for s in names
        for t in names
        if s != t
    }


def test_related_languages_are_the_most_similar_in_real_solutions() -> None:
    references = {
        name: {
            problem.common_id: whole_answer(problem, problem.reference or "")
            for problem in load(f"starter-{name}")
        }
        for name in LANGUAGES
    }
    found = language_similarity(references)
    assert [one.name for one in found] == ["tokens", "syntax nodes"]
    for one in found:
        assert one.num_problems == 25
        best = sorted(one.values, key=lambda pair: one.values[pair])[-2:]
        assert {frozenset(("c", "cpp")), frozenset(("javascript", "typescript"))} == set(best)
        assert all(0 <= value < 1 for value in one.values.values())


def test_comments_names_and_numbers_do_not_count() -> None:
    texts = {"c": "int f(int a) { return a + 1; }", "cpp": "int f(int a) { return a + 1; }"}
    texts["java"] = "class A { int f(int a) { return a + 1; } }"
    plain = language_similarity({name: {"x/1": text} for name, text in texts.items()})
    texts["c"] = "// a comment\nint other(int b) { return b + 77; }"
    assert language_similarity({name: {"x/1": text} for name, text in texts.items()}) == plain
    assert plain[0].values[frozenset(("c", "cpp"))] == pytest.approx(1)


def test_languages_without_common_problems_have_no_similarity() -> None:
    texts = {name: {f"x/{name}": "int a;"} for name in ("c", "cpp", "java")}
    assert language_similarity(texts) == ()
    assert language_similarity({"c": {"x/1": "int a;"}, "cpp": {"x/1": "int a;"}}) == ()


def test_exact_test_agrees_with_a_plain_loop_over_all_orders() -> None:
    similarity = random_similarity(("a", "b", "c", "d", "e"))
    gains = gains_like(similarity, noise=0.3)
    found = mantel_test(gains, similarity)
    assert found is not None
    assert (found.is_exact, found.num_orders) == (True, 120)

    def residuals(values: Gains) -> dict[tuple[str, str], float]:
        left = dict(values)
        for _ in range(400):  # Sources and targets in turn, until nothing changes.
            for side in (0, 1):
                for name in similarity.languages:
                    same = [pair for pair in left if pair[side] == name]
                    mean = np.mean([left[pair] for pair in same])
                    for pair in same:
                        left[pair] -= float(mean)
        return left

    alike = residuals({pair: similarity.values[frozenset(pair)] for pair in gains})
    rest = residuals(gains)

    def correlation(order: tuple[str, ...]) -> float:
        name = dict(zip(similarity.languages, order, strict=True))
        moved = [alike[name[s], name[t]] for s, t in rest]
        return float(np.corrcoef(list(rest.values()), moved)[0, 1])

    orders = [correlation(order) for order in permutations(similarity.languages)]
    observed = correlation(similarity.languages)
    assert found.correlation == pytest.approx(observed, abs=1e-6)
    share = np.mean([abs(one) >= abs(observed) - 1e-9 for one in orders])
    assert found.p_value == pytest.approx(share)


def test_gains_that_follow_similarity_are_found_despite_strong_donors() -> None:
    similarity = random_similarity(LANGUAGES)
    found = mantel_test(gains_like(similarity), similarity)
    assert found is not None
    assert found.correlation == pytest.approx(1)
    assert found.p_value == pytest.approx(1 / 5040)
    assert "+1.00, significant" in found.sentence(0.05)
    others = [
        mantel_test(gains_like(random_similarity(LANGUAGES, number)), similarity)
        for number in range(1, 21)
    ]
    assert sum(other is not None and other.p_value <= 0.05 for other in others) <= 3


def test_nine_languages_are_tested_with_random_orders() -> None:
    similarity = random_similarity(tuple("abcdefghi"))
    found = mantel_test(gains_like(similarity), similarity)
    assert found is not None
    assert (found.is_exact, found.num_orders) == (False, 100_000)
    assert found.p_value < 0.001


def test_too_few_or_missing_cells_have_no_test() -> None:
    similarity = random_similarity(("a", "b", "c"))
    assert mantel_test(gains_like(similarity), similarity) is None
    similarity = random_similarity(("a", "b", "c", "d"))
    gains = gains_like(similarity)
    del gains["a", "b"]
    assert mantel_test(gains, similarity) is None


def test_study_tests_each_measure_and_adjusts_them_together() -> None:
    similarity = random_similarity(LANGUAGES)
    losses = planted_losses(
        lambda s, t: similarity.values.get(frozenset((s, t)), 0.0), num_problems=10
    )
    study = transfer_study(
        losses,
        languages=LANGUAGES,
        pages=(),
        related=(),
        baseline_style=PromptStyle.INSTRUCTION,
        similarities=(similarity, random_similarity(LANGUAGES, 1)),
    )
    assert study is not None
    first, second = study.similarity
    assert first.correlation > 0.9
    assert first.p_adjusted == pytest.approx(2 * first.p_value)
    assert second.p_adjusted >= second.p_value
