"""Packing tokens."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codem_ray.data.corpora import Pair
from codem_ray.data.tokens import IGNORED, build_tokens, load_tokens, pack, tokens_key
from codem_ray.errors import DataError


class ByteTokenizer:
    """A real, small tokenizer: one token per byte, 256 ends a text."""

    eos_token_id, pad_token_id, bos_token_id = 256, 256, None

    def __call__(self, texts: list[str], *, add_special_tokens: bool) -> dict[str, Any]:
        return {"input_ids": [list(text.encode()) for text in texts]}


def make(count: int, length: int = 7) -> list[Pair]:
    return [
        Pair(
            id=str(n),
            instruction=f"i{n}",
            response="r" * (1 + n * length % 23),
            language="python",
            origin="test",
        )
        for n in range(count)
    ]


def build(folder: Path, pairs: list[Pair], **changes: Any) -> Any:
    settings = {"template": "<{{ instruction }}>", "max_tokens": 32, "seed": 0} | changes
    return build_tokens(pairs, folder, tokenizer=ByteTokenizer(), **settings)


def test_every_document_is_whole_with_positions_of_its_own(tmp_path: Path) -> None:
    pairs = make(40)
    facts = build(tmp_path / "t", pairs)
    rows = load_tokens(tmp_path / "t")
    found = []
    for ids, labels, positions in zip(rows.input_ids, rows.labels, rows.position_ids, strict=True):
        starts = [*np.flatnonzero(positions == 0), len(ids)]
        for start, end in pairwise(starts):
            assert list(positions[start:end]) == list(range(end - start))
            if (labels[start:end] == IGNORED).all():
                assert set(ids[start:end]) == {256}
                continue
            prompt_end = start + int(np.flatnonzero(labels[start:end] != IGNORED)[0])
            assert list(labels[prompt_end:end]) == list(ids[prompt_end:end])
            assert ids[end - 1] == 256
            found.append(
                (
                    bytes(ids[start:prompt_end].astype("uint8")).decode(),
                    bytes(ids[prompt_end : end - 1].astype("uint8")).decode(),
                )
            )
    assert sorted(found) == sorted((f"<{pair.instruction}>", pair.response) for pair in pairs)
    assert facts.target_tokens == sum(len(pair.response) + 1 for pair in pairs)
    assert int(rows.counts[:, 1].sum()) == facts.target_tokens
    assert int(rows.counts[:, 0].sum()) == facts.tokens


def test_packing_fills_rows() -> None:
    lengths = [1 + n * 37 % 200 for n in range(500)]
    rows = pack(lengths, max_tokens=512, seed=0)
    assert sorted(index for row in rows for index in row) == list(range(500))
    assert all(sum(lengths[index] for index in row) <= 512 for row in rows)
    assert sum(lengths) / (512 * len(rows)) >= 0.95


def test_long_pairs_are_dropped_and_counted_and_none_left_is_refused(tmp_path: Path) -> None:
    long = Pair(id="x", instruction="i", response="r" * 99, language="c", origin="test")
    facts = build(tmp_path / "t", [*make(3), long])
    assert (facts.pairs, facts.dropped_too_long) == (3, 1)
    with pytest.raises(DataError, match=r"raise data\.max_tokens"):
        build(tmp_path / "u", [long])
    assert not list((tmp_path).glob("*u*"))


def test_same_pairs_give_same_digest_and_another_seed_another(tmp_path: Path) -> None:
    first = build(tmp_path / "a", make(40)).digest
    assert build(tmp_path / "b", make(40)).digest == first
    assert build(tmp_path / "c", make(40), seed=1).digest != first


def test_key_depends_on_everything_that_tokens_depend_on() -> None:
    base = {"tokenizer_digest": "d", "template": "short", "max_tokens": 8, "seed": 0}
    keys = {tokens_key(make(3), **base)}  # type: ignore[arg-type]
    for change in (
        {"tokenizer_digest": "e"},
        {"template": "alpaca"},
        {"max_tokens": 9},
        {"seed": 1},
    ):
        keys.add(tokens_key(make(3), **(base | change)))  # type: ignore[arg-type]
    keys.add(tokens_key(make(4), **base))  # type: ignore[arg-type]
    assert len(keys) == 6


def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    build(tmp_path / "t", make(3))
    (tmp_path / "t" / "labels.npy").write_bytes(b"")
    with pytest.raises(DataError, match="delete the folder"):
        load_tokens(tmp_path / "t")
