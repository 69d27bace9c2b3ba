"""Near-duplicate texts."""

import random

import numpy as np
import pytest

from codem_ray.corpora import near_duplicates
from codem_ray.corpora.near_duplicates import MAX_CANDIDATES, NearDuplicates
from codem_ray.corpora.word_hashes import word_hashes


def text(*parts: int) -> list[str]:
    return [f"w{number}" for number in parts]


def with_share(words: list[str], share: float, seed: int) -> list[str]:
    """Append words so that this share of the three-word runs is in common."""
    # a of n+a runs are added: n / (n + a).
    added = round(len(words) * (1 - share) / share)
    return words + [f"v{seed}-{number}" for number in range(added)]


@pytest.mark.parametrize(("share", "low", "high"), [(0.95, 0.97, 1.0), (0.6, 0.0, 0.02)])
def test_similarity_is_estimated_from_shared_runs(share: float, low: float, high: float) -> None:
    seen = NearDuplicates(0.85)
    found = 0
    for number in range(100):
        words = text(*(1000 * number + place for place in range(200)))
        assert seen.find_or_add(word_hashes(words), 0) is None
        near = seen.find_or_add(word_hashes(with_share(words, share, number)), 0)
        found += near is not None
    assert low <= found / 100 <= high


def test_number_and_similarity_of_the_earlier_text_are_returned() -> None:
    seen = NearDuplicates(0.8)
    random.seed(1)
    many = [text(*random.sample(range(10**6), 80)) for _ in range(3_000)]
    assert all(seen.find_or_add(word_hashes(words), 0) is None for words in many)
    for number in (0, 1_500, 2_999):
        assert seen.find_or_add(word_hashes(many[number]), 0) == (number, 1.0)
    assert seen.find_or_add(word_hashes(many[0]), 1) is None


def test_short_and_empty_texts_are_compared_whole() -> None:
    seen = NearDuplicates(0.85)
    for number, words in enumerate((["a"], ["a", "b"], [])):
        assert seen.find_or_add(word_hashes(words), 0) is None
        assert seen.find_or_add(word_hashes(words), 0) == (number, 1.0)


def test_texts_under_one_key_are_kept_up_to_a_limit_and_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No text is similar enough, but all share their keys.
    monkeypatch.setattr(near_duplicates, "_minima", lambda runs: np.arange(256, dtype=np.uint64))
    seen = NearDuplicates(0.85)
    seen._max_different = -1
    for _ in range(MAX_CANDIDATES + 10):
        assert seen.find_or_add(word_hashes(["a"]), 0) is None
    seen._max_different = 0
    assert seen.find_or_add(word_hashes(["a"]), 0) == (0, 1.0)
    buckets = seen._buckets
    assert buckets._count == 4 * MAX_CANDIDATES
