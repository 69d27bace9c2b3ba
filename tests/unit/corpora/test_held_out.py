"""Pairs that are held out of training, with their near-duplicates."""

from __future__ import annotations

import random

import pytest
from example_pairs import make_pair

from codem_ray.corpora.held_out import choose_rows, find_near, hold_out
from codem_ray.corpora.near_duplicates import signature
from codem_ray.corpora.pair_store import PairsInMemory
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.word_hashes import word_hashes, words_of
from codem_ray.errors import DataError

WORDS = [f"word{number}" for number in range(5000)]


def text(seed: int, length: int = 60) -> str:
    return " ".join(random.Random(seed).sample(WORDS, length))


def pair(name: str, instruction: str, response: str, language: str = "python") -> Pair:
    return make_pair(name, instruction, response, language)


def store_of(number: int) -> PairsInMemory:
    return PairsInMemory(
        pair(f"{language}{at}", text(at), text(1000 * at + len(language)), language)
        for at in range(number)
        for language in ("python", "go")
    )


def test_the_choice_depends_on_texts_and_seed_alone() -> None:
    store = store_of(30)
    chosen = hold_out(store, ["python", "go"], 5, seed=3)
    shuffled = [one for _, one in store.read()]
    random.Random(0).shuffle(shuffled)
    other = PairsInMemory(shuffled)
    again = hold_out(other, ["python", "go"], 5, seed=3)

    def texts(store: PairsInMemory, rows: list[int]) -> list[str]:
        return sorted(one.response for _, one in store.read(rows))

    for language in ("python", "go"):
        assert texts(store, list(chosen.rows[language])) == texts(other, list(again.rows[language]))
    assert choose_rows(store.index, ["go"], 5, 4)["go"] != list(chosen.rows["go"])
    # Not the pairs that a small budget would draw first.
    assert set(chosen.rows["go"]) != set(store.index.ranked(3)["go"][:5])


def test_too_few_pairs_are_refused_with_what_there_is() -> None:
    with pytest.raises(DataError, match=r"loss.pairs is 31, .* 30 in python, 0 in html: lower it"):
        choose_rows(store_of(30).index, ["python", "html"], 31, 0)


def test_near_duplicates_in_any_language_are_held_out_too() -> None:
    ask, answer = text(1), text(2)
    changed = " ".join([*answer.split()[:50], *text(9, 10).split()])
    rows = {
        "held": pair("held", ask, answer),
        "same text, one word more": pair("a", ask + " please", answer),
        "same instruction in another language": pair("b", ask, text(3), "go"),
        "same answer to another instruction": pair("c", text(4), changed),
        "unrelated": pair("d", text(5), text(6)),
        "same short instruction": pair("e", "sort a list of numbers", text(7)),
        "same short answer": pair("f", text(8), "return sorted numbers"),
        "held, short": pair("g", "sort a list of numbers", "return sorted numbers"),
        "too short to compare": pair("h", "", "x"),
    }
    names = list(rows)
    near = find_near(
        PairsInMemory(rows.values()), [names.index("held"), names.index("held, short")]
    )
    assert [names[row] for row in near] == [
        "same text, one word more",
        "same instruction in another language",
        "same answer to another instruction",
    ]


def test_products_of_signatures_estimate_the_similarity() -> None:
    words = words_of(text(1, 400))
    for shared in (0, 200, 300):
        other = [*words[:shared], *words_of(text(2, 400 - shared))]
        a, b = ({tuple(w[i : i + 3]) for i in range(398)} for w in (words, other))
        expected = len(a & b) / len(a | b)
        product = float(signature(word_hashes(words)) @ signature(word_hashes(other)))
        assert product == pytest.approx(expected, abs=0.2)
