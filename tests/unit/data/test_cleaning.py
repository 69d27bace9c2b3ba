"""Dropping pairs that must not be trained on."""

from codem_ray.data.cleaning import clean
from codem_ray.data.corpora import Pair


def pair(number: int, instruction: str, response: str) -> Pair:
    return Pair(
        id=str(number), instruction=instruction, response=response, language="python", origin="test"
    )


def test_each_reason_is_counted() -> None:
    words = "one two three four five six seven eight nine ten"
    cleaned = clean(
        [
            pair(1, "a", "x"),
            pair(2, "a", " x\n"),
            pair(3, "b", "  "),
            pair(4, f"Zero, {words.upper()}!", "y"),
            pair(5, " ".join(words.split()[:9]), "z"),
        ],
        benchmark_texts=[f"{words} eleven"],
    )
    assert [kept.id for kept in cleaned.pairs] == ["1", "5"]
    assert cleaned.counts() == {"empty_answer": 1, "duplicate": 1, "contaminated": 1}
    assert cleaned.dropped[-1].detail == words
