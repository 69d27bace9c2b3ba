"""Dropping pairs that must not be trained on."""

from codem_ray.data.cleaning import CleaningOptions, sift
from codem_ray.data.corpora import Pair
from codem_ray.records import Problem

WORDS = "one two three four five six seven eight nine ten"
PROBLEM = Problem(
    benchmark="b",
    task_id="b/1",
    language="python",
    prompt="",
    instruction=f"{WORDS} eleven",
    tests="",
)


def pair(number: int, instruction: str, response: str) -> Pair:
    return Pair(
        id=str(number), instruction=instruction, response=response, language="python", origin="test"
    )


def test_each_pair_is_kept_or_dropped_for_a_reason() -> None:
    given = [
        pair(1, "a", "x"),
        pair(2, "a", " x\n"),
        pair(3, "b", "  "),
        pair(4, f"Zero, {WORDS.upper()}!", "y"),
        pair(5, " ".join(WORDS.split()[:9]), "z"),
    ]
    sifted = list(sift(given, problems=[PROBLEM], options=CleaningOptions()))
    assert [one for one, _ in sifted] == given
    reasons = [dropped and (dropped.reason.value, dropped.detail) for _, dropped in sifted]
    assert reasons == [
        None,
        ("duplicate", "of 1"),
        ("empty_answer", ""),
        ("contaminated", f"b b/1: {WORDS}"),
        None,
    ]
    kept = sift(given[3:4], problems=[PROBLEM], options=CleaningOptions(decontaminate=False))
    assert [dropped for _, dropped in kept] == [None]
