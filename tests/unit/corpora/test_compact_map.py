"""The hash map of digests."""

from codem_ray.corpora.compact_map import CompactMap, digest64


def test_numbers_are_found_after_the_table_has_grown() -> None:
    known = CompactMap()
    digests = [digest64(str(number)) for number in range(5_000)]
    assert all(known.add(digest, number) for number, digest in enumerate(digests))
    assert [known.get(digest) for digest in digests] == list(range(5_000))
    assert not known.add(digests[3], 9)
    assert known.get(digests[3]) == 3
    assert known.get(digest64("other")) is None


def test_digests_are_stable_and_accept_any_text() -> None:
    assert digest64("a") == 3405396810240292928
    assert digest64("\udc80") != digest64("a")
