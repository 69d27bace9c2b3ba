"""Drawing the pairs of each source."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from example_pairs import make_pair

from codem_ray.config import DataConfig, Source
from codem_ray.corpora.pair_store import PairsInMemory
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError
from codem_ray.languages import LANGUAGES
from codem_ray.tokens.source_draws import SourceDraws, draw_digest, draw_sources, languages_needed


def numbered_pairs(**counts: int) -> list[Pair]:
    return [
        make_pair(f"{name}-{n}", f"do {n}", f"{name} {n}" + " more" * (n * 7 % 5), name)
        for name, count in counts.items()
        for n in range(count)
    ]


class Drawn:
    """The draws of some sources, with the pairs drawn from."""

    def __init__(self, all_pairs: Sequence[Pair], draws: SourceDraws, store: PairsInMemory) -> None:
        self.pairs, self.draws, self.store = all_pairs, draws, store

    def __getitem__(self, source: str) -> list[tuple[Pair, Pair]]:
        (draw,) = self.draws.phases[source]
        return [(self.pairs[p], self.pairs[a]) for p, a in zip(draw.prompts, draw.answers)]  # noqa: B905

    def ids(self, source: str) -> list[str]:
        return [prompt.id for prompt, _ in self[source]]

    def languages(self, source: str) -> Counter[str]:
        return Counter(prompt.language for prompt, _ in self[source])

    def digests(self, source: str) -> list[str]:
        return [draw_digest(self.store.index, draw) for draw in self.draws.phases[source]]


def draw(all_pairs: list[Pair], sources: Sequence[Source], **data: Any) -> Drawn:
    store = PairsInMemory(all_pairs)
    config = DataConfig.model_validate({"corpora": [{"path": "starter"}], **data})
    costs = [len(pair.response) for pair in all_pairs]
    return Drawn(all_pairs, draw_sources(store.index, sources, config, target_tokens=costs), store)


def test_the_smallest_source_decides_the_default_budget() -> None:
    drawn = draw(numbered_pairs(python=9, java=5), ["base", "python", "java", "mixed", "union"])
    sizes = {name: len(drawn.ids(name)) for name in ("python", "java", "mixed", "union")}
    assert sizes == {"python": 5, "java": 5, "mixed": 5, "union": 14}
    assert drawn.languages("mixed") == {"python": 3, "java": 2}
    assert (drawn.draws.amount, drawn.draws.unit) == (5, "pairs")


def test_mixed_alone_gets_the_size_of_the_smallest_language() -> None:
    assert len(draw(numbered_pairs(python=9, java=5), ["mixed"]).ids("mixed")) == 5


def test_a_token_budget_is_met_to_within_half_a_pair() -> None:
    all_pairs = numbered_pairs(python=400, java=400, go=400)
    sources: list[Source] = ["python", "java", "go", "mixed", "shuffled"]
    drawn = draw(all_pairs, sources, target_tokens=1500)
    longest = max(len(pair.response) for pair in all_pairs)
    for source in sources:
        total = sum(len(answer.response) for _, answer in drawn[str(source)])
        assert abs(total - 1500) <= longest / 2, source
    assert drawn.draws.unit == "target tokens"
    assert len(set(map(len, map(drawn.ids, ("python", "java"))))) <= 2


@pytest.mark.parametrize("source", ["python", "mixed", "shuffled"])
@pytest.mark.parametrize("unit", ["pairs", "target_tokens"])
@pytest.mark.parametrize("mixture", [None, {"python": 5, "java": 3, "go": 1, "c": 1}])
def test_a_smaller_budget_draws_a_subset_of_a_larger_one(
    source: str, unit: str, mixture: dict[str, float] | None
) -> None:
    all_pairs = numbered_pairs(python=300, java=150, go=17, c=1)
    before: set[tuple[str, str]] = set()
    for budget in range(3, 290, 7):
        drawn = draw(all_pairs, [source], mixture=mixture, **{unit: budget})
        now = {(prompt.id, answer.id) for prompt, answer in drawn[source]}
        assert before <= now
        before = now
    assert len(before) > 12


def test_mixture_weights_decide_the_shares() -> None:
    all_pairs = numbered_pairs(python=90, java=90, go=90)
    drawn = draw(all_pairs, ["mixed"], pairs=60, mixture={"py": 2, "go": 1})
    assert drawn.languages("mixed") == {"python": 40, "go": 20}
    assert languages_needed(["mixed"], {"python": 2, "go": 1}) == ("python", "go")


def test_mixture_weights_count_tokens_under_a_token_budget() -> None:
    all_pairs = numbered_pairs(python=300, go=300)
    drawn = draw(all_pairs, ["mixed"], target_tokens=2000, mixture={"python": 3, "go": 1})
    tokens: Counter[str] = Counter()
    for prompt, answer in drawn["mixed"]:
        tokens[prompt.language] += len(answer.response)
    assert tokens["python"] / tokens["go"] == pytest.approx(3, rel=0.1)


def test_mixed_notes_a_language_that_is_used_up() -> None:
    drawn = draw(numbered_pairs(python=9, java=9, go=1), ["mixed"], pairs=9)
    assert drawn.languages("mixed") == {"python": 4, "java": 4, "go": 1}
    assert drawn.draws.notes == ("mixed: all pairs of go (1) are used; the others fill up",)


def test_draws_do_not_depend_on_reading_order_or_other_pairs() -> None:
    all_pairs = numbered_pairs(python=30, java=30)
    moved = [*all_pairs, *numbered_pairs(c=9)]
    random.Random(5).shuffle(moved)
    for source in ("python", "java"):
        first = draw(all_pairs, [source], pairs=10, seed=4)
        assert first.ids(source) == draw(moved, [source], pairs=10, seed=4).ids(source)
        assert first.ids(source) != draw(all_pairs, [source], pairs=10, seed=5).ids(source)
    for source in ("mixed", "shuffled"):
        random.Random(6).shuffle(all_pairs)
        again = draw(numbered_pairs(python=30, java=30), [source], pairs=10)
        assert draw(all_pairs, [source], pairs=10).digests(source) == again.digests(source)


def test_a_draw_is_the_same_on_every_machine() -> None:
    drawn = draw(numbered_pairs(python=30, java=30), ["python", "shuffled"], pairs=5)
    assert drawn.ids("python") == ["python-13", "python-3", "python-23", "python-29", "python-25"]
    assert [answer.id for _, answer in drawn["shuffled"]] == [
        *("python-3", "python-13", "java-12", "java-9", "python-29"),
    ]


def test_a_shortage_is_refused_with_the_arithmetic_and_the_options() -> None:
    all_pairs = numbered_pairs(python=9000, java=17)
    with pytest.raises(
        DataError,
        match=r"source java: 17 pairs in java after cleaning, but the budget is 9,000: set "
        r"data\.pairs to 17 or less, add a corpus, or choose data\.shortage: `repeat` "
        r"\(each pair 529\.4 times\) or `shrink` \(all sources to 17\)",
    ):
        draw(all_pairs, ["python", "java"], pairs=9000)
    with pytest.raises(DataError, match="source go: 0 pairs in go"):
        draw(all_pairs, ["python", "go"], shortage="repeat")


def test_a_shortage_can_repeat_the_pairs() -> None:
    drawn = draw(
        numbered_pairs(python=90, java=17), ["python", "java"], pairs=60, shortage="repeat"
    )
    counts = Counter(drawn.ids("java"))
    assert len(drawn.ids("java")) == len(drawn.ids("python")) == 60
    assert (min(counts.values()), max(counts.values()), len(counts)) == (3, 4, 17)
    (java,) = drawn.draws.phases["java"]
    assert (java.distinct, round(java.repeats, 2)) == (17, 3.53)
    assert drawn.draws.notes == (
        "java: 17 pairs in java are repeated 3.5 times to make 60 pairs (data.shortage: repeat)",
    )
    assert len(set(drawn.ids("python"))) == 60


def test_a_shortage_can_shrink_all_sources() -> None:
    all_pairs = numbered_pairs(python=90, java=17)
    drawn = draw(all_pairs, ["python", "java", "mixed"], pairs=60, shortage="shrink")
    assert {len(drawn.ids(name)) for name in ("python", "java", "mixed")} == {17}
    assert "shrunk from 60 to 17 pairs, which is what java has" in drawn.draws.notes[0]
    assert set(drawn.ids("python")) <= set(draw(all_pairs, ["python"], pairs=60).ids("python"))


def test_a_shortage_of_tokens_is_handled_like_one_of_pairs() -> None:
    all_pairs = numbered_pairs(python=90, java=5)
    supply = sum(len(pair.response) for pair in all_pairs if pair.language == "java")
    with pytest.raises(DataError, match=rf"source java: {supply} target tokens in java"):
        draw(all_pairs, ["python", "java"], target_tokens=400)
    repeated = draw(all_pairs, ["java"], target_tokens=400, shortage="repeat")
    total = sum(len(answer.response) for _, answer in repeated["java"])
    assert abs(total - 400) <= 15
    shrunk = draw(all_pairs, ["python", "java"], target_tokens=400, shortage="shrink")
    assert shrunk.draws.amount == supply


def test_a_sequence_has_a_phase_for_each_part() -> None:
    drawn = draw(numbered_pairs(python=6, java=5), ["python", ("java", "python")])
    java, python = drawn.draws.phases["java-then-python"]
    assert {drawn.pairs[row].language for row in java.prompts} == {"java"}
    assert python.prompts == drawn.draws.phases["python"][0].prompts


def test_pairs_that_do_not_fit_are_left_out_before_drawing() -> None:
    all_pairs = numbered_pairs(python=20)
    store = PairsInMemory(all_pairs)
    config = DataConfig.model_validate({"corpora": [{"path": "starter"}], "pairs": 10})

    def fits(prompt: int, answer: int) -> bool:
        return prompt % 2 == 0 and answer % 2 == 0 and abs(prompt - answer) != 2

    phases = draw_sources(store.index, ["python", "shuffled"], config, fits=fits).phases
    (python,), (shuffled,) = phases["python"], phases["shuffled"]
    assert sorted(python.prompts) == list(range(0, 20, 2))
    assert len(shuffled.prompts) == 10
    assert all(fits(*both) for both in zip(shuffled.prompts, shuffled.answers, strict=True))


def test_shuffled_answers_stay_in_their_language() -> None:
    all_pairs = numbered_pairs(python=6, java=6)
    drawn = draw(all_pairs, ["shuffled"], pairs=12)["shuffled"]
    assert all(prompt.response != answer.response for prompt, answer in drawn)
    assert all(prompt.language == answer.language for prompt, answer in drawn)
    answers = Counter(answer.response for _, answer in drawn)
    assert answers == Counter(pair.response for pair in all_pairs)


def pairs_with_same_answer(count: int, others: int) -> list[Pair]:
    """Make `count` pairs with one answer, and others with different answers."""
    # White space around an answer does not make it another one.
    same = [make_pair(n, f"ask {n}", "  no\n" if n % 2 else "no", "c") for n in range(count)]
    different = range(count, count + others)
    return same + [make_pair(n, f"ask {n}", f"answer {n}", "c") for n in different]


@pytest.mark.parametrize(("count", "others"), [(20, 100), (50, 50), (70, 10), (1, 1)])
def test_no_shuffled_answer_equals_the_answer_that_it_replaces(count: int, others: int) -> None:
    all_pairs = pairs_with_same_answer(count, others)
    shuffled = draw(all_pairs, ["shuffled"], pairs=len(all_pairs), shortage="shrink")["shuffled"]
    assert len(shuffled) >= min(count, others)
    assert all(prompt.response.strip() != answer.response.strip() for prompt, answer in shuffled)
    assert (
        len({prompt.id for prompt, _ in shuffled})
        == len(shuffled)
        == len({a.id for _, a in shuffled})
    )


def test_equal_answers_cannot_be_shuffled() -> None:
    with pytest.raises(DataError, match="source shuffled: 0 pairs"):
        draw(pairs_with_same_answer(3, 0), ["shuffled"], pairs=3)


def test_prose_is_drawn_only_by_its_own_source() -> None:
    all_pairs = [*numbered_pairs(python=6, java=6), *numbered_pairs(prose=6)]
    sources: list[Source] = ["python", "mixed", "union", "shuffled", "prose"]
    drawn = draw(all_pairs, sources, pairs=6)
    assert drawn.languages("prose") == {"prose": 6}
    for source in ("python", "mixed", "union", "shuffled"):
        assert "prose" not in drawn.languages(source)
    with pytest.raises(DataError, match="source prose: 0 pairs"):
        draw(numbered_pairs(python=6), ["prose"])


def test_needed_languages_follow_from_the_sources() -> None:
    assert languages_needed(["base", "java", ("python", "java"), "prose"]) == (
        *(name for name in LANGUAGES if name in ("python", "java")),
        "prose",
    )
    assert languages_needed(["base", "mixed"]) == tuple(LANGUAGES)


def test_a_mixture_language_without_pairs_is_noted() -> None:
    drawn = draw(numbered_pairs(python=8), ["mixed"], pairs=4, mixture={"python": 1, "go": 1})
    assert drawn.draws.notes == ("mixed: no pairs in go; the others fill up",)
