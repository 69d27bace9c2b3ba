"""Stores of pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_pairs import make_pair

from codem_ray.corpora.pair_index import PairIndex
from codem_ray.corpora.pair_store import INDEX, PAIRS, PairsInMemory, PairsOnDisk, PairsWriter
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError


def pair(number: int, language: str = "python") -> Pair:
    return make_pair(
        f"é{number}",
        f"ask {number}",
        f"answer {number} \U0001f600",
        language,
        licence="MIT",
        evidence="field",
        corpus=number % 3,
    )


def test_stores_on_disk_and_in_memory_are_equal(tmp_path: Path) -> None:
    pairs = [pair(n, "python" if n % 2 else "go") for n in range(2500)]
    with PairsWriter(tmp_path) as writer:
        for each in pairs:
            writer.add(each)
    disk, memory = PairsOnDisk(tmp_path), PairsInMemory(pairs)
    for rows in (None, [], [2499, 0, 999, 1000, 0], list(range(1500, 1600))):
        assert list(disk.read(rows)) == list(memory.read(rows))
    assert list(disk.read()) == list(enumerate(pairs))
    assert disk.index.digest() == memory.index.digest()
    assert disk.index.ranked(7) == memory.index.ranked(7)
    assert [disk.index.corpus[n] for n in range(4)] == [0, 1, 2, 0]


def test_damaged_files_are_reported(tmp_path: Path) -> None:
    with PairsWriter(tmp_path) as writer:
        writer.add(pair(1))
    whole = (tmp_path / INDEX).read_bytes()
    for content in (b"", whole[:-3], b"x" + whole, b"codem_ray pairs 1\n{}\n"):
        (tmp_path / INDEX).write_bytes(content)
        with pytest.raises(DataError, match="index of pairs"):
            PairIndex.read(tmp_path / INDEX)
    (tmp_path / INDEX).write_bytes(whole)
    (tmp_path / PAIRS).write_bytes(b"PAR1")
    with pytest.raises(DataError, match="delete the folder"):
        list(PairsOnDisk(tmp_path).read())
