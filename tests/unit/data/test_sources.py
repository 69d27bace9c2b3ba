"""Drawing the pairs of each source."""

import random
from collections import Counter

import pytest

from codem_ray.data.corpora import Pair
from codem_ray.data.sources import languages_needed, pairs_by_source
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import LANGUAGES


def pairs(**counts: int) -> list[Pair]:
    return [
        Pair(
            id=f"{name}-{n}",
            instruction=f"do {n}",
            response=f"{name} {n}",
            language=name,
            origin="test",
        )
        for name, count in counts.items()
        for n in range(count)
    ]


def test_budgets_are_equal_and_the_smallest_decides() -> None:
    drawn = pairs_by_source(
        pairs(python=9, java=5), ["base", "python", "java", "mixed", "union"], budget=None, seed=0
    )
    assert {name: len(stages[0]) for name, stages in drawn.items()} == {
        "python": 5,
        "java": 5,
        "mixed": 5,
        "union": 14,
    }
    assert Counter(pair.language for pair in drawn["mixed"][0]) == {"python": 3, "java": 2}


def test_mixed_fills_up_what_a_small_language_lacks() -> None:
    drawn = pairs_by_source(pairs(python=9, java=9, go=1), ["mixed"], budget=9, seed=0)
    counts = Counter(pair.language for pair in drawn["mixed"][0])
    assert counts["go"] == 1
    assert sorted(counts.values()) == [1, 4, 4]


def test_drawing_does_not_depend_on_the_order_of_reading() -> None:
    given = pairs(python=30, java=30)
    shuffled = given[:]
    random.Random(5).shuffle(shuffled)
    for source in ("python", "mixed", "shuffled"):
        first = pairs_by_source(given, [source], budget=10, seed=4)
        assert first == pairs_by_source(shuffled, [source], budget=10, seed=4)
        assert first != pairs_by_source(given, [source], budget=10, seed=5)


def test_too_few_pairs_are_refused_with_the_counts() -> None:
    with pytest.raises(DataError, match=r"java: 5 pairs .* 6 are asked for: set data\.pairs"):
        pairs_by_source(pairs(python=9, java=5), ["python", "java"], budget=6, seed=0)
    with pytest.raises(DataError, match="source go: 0 pairs"):
        pairs_by_source(pairs(python=9), ["python", "go"], budget=None, seed=0)


def test_a_sequence_has_a_stage_for_each_part() -> None:
    drawn = pairs_by_source(
        pairs(python=6, java=5), ["python", ("java", "python")], budget=None, seed=0
    )
    java, python = drawn["java-then-python"]
    assert {pair.language for pair in java} == {"java"}
    assert python == drawn["python"][0]


def test_shuffled_answers_belong_to_no_instruction_but_to_the_language() -> None:
    given = pairs(python=6, java=6)
    right = {(pair.instruction, pair.response) for pair in given}
    (drawn,) = pairs_by_source(given, ["shuffled"], budget=12, seed=0)["shuffled"]
    assert not right & {(pair.instruction, pair.response) for pair in drawn}
    assert all(pair.response.startswith(pair.language) for pair in drawn)
    assert Counter(p.response for p in drawn) == Counter(p.response for p in given)


def test_prose_is_refused_and_needed_languages_are_named() -> None:
    with pytest.raises(ConfigError, match="prose"):
        pairs_by_source(pairs(python=2), ["prose"], budget=None, seed=0)
    assert languages_needed(["base", "java", ("python", "java")]) == tuple(
        name for name in LANGUAGES if name in ("python", "java")
    )
    assert languages_needed(["base", "mixed"]) == tuple(LANGUAGES)
