"""Packing tokens."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from built_tokens import build_tokens
from example_pairs import make_pair

from codem_ray.corpora.pair_store import PairsInMemory
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import ConfigError, DataError
from codem_ray.tokens.bin_packing import pack
from codem_ray.tokens.packed_rows import (
    CHUNK_ROWS,
    IGNORED,
    load_tokens,
    pack_tokens,
    tokens_key,
)
from codem_ray.tokens.source_draws import Draw
from codem_ray.tokens.store_encoding import EncodedPairs, encode_store


class ByteTokenizer:
    """A small tokenizer: one token per byte; 256 is the end of sequence."""

    eos_token_id, pad_token_id, bos_token_id = 256, 256, None

    def __call__(self, texts: list[str], **_: bool) -> dict[str, Any]:
        return {"input_ids": [list(text.encode()) for text in texts]}


def make(count: int) -> list[Pair]:
    return [make_pair(n, f"i{n}", "r" * (1 + n * 7 % 23)) for n in range(count)]


def build(folder: Path, pairs: list[Pair], **changes: Any) -> Any:
    settings = {"template": "<{{ instruction }}>", "max_tokens": 32, "seed": 0} | changes
    return build_tokens(pairs, folder, tokenizer=ByteTokenizer(), **settings)


def test_every_document_is_complete_and_has_its_own_positions(tmp_path: Path) -> None:
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


def test_packing_fills_rows_to_95_percent() -> None:
    lengths = [1 + n * 37 % 200 for n in range(500)]
    rows = pack(lengths, max_tokens=512, seed=0)
    assert sorted(index for row in rows for index in row) == list(range(500))
    assert all(sum(lengths[index] for index in row) <= 512 for row in rows)
    assert sum(lengths) / (512 * len(rows)) >= 0.95


def test_long_pairs_are_dropped_and_an_empty_result_is_refused(tmp_path: Path) -> None:
    long = make_pair("x", "i", "r" * 99)
    facts = build(tmp_path / "t", [*make(3), long])
    assert (facts.pairs, facts.dropped_too_long) == (3, 1)
    with pytest.raises(DataError, match=r"raise data\.max_tokens"):
        build(tmp_path / "u", [long])
    assert not list((tmp_path).glob("*u*"))


def test_the_digest_depends_on_pairs_and_seed(tmp_path: Path) -> None:
    first = build(tmp_path / "a", make(40)).digest
    assert build(tmp_path / "b", make(40)).digest == first
    assert build(tmp_path / "c", make(40), seed=1).digest != first


def test_the_key_depends_on_every_input() -> None:
    base: dict[str, Any] = {
        "tokenizer_digest": "d",
        "template": "short",
        "max_tokens": 8,
        "seed": 0,
    }
    keys = {tokens_key("pairs", **base), tokens_key("others", **base)}
    for change in (
        {"tokenizer_digest": "e"},
        {"template": "alpaca"},
        {"max_tokens": 9},
        {"seed": 1},
    ):
        keys.add(tokens_key("pairs", **(base | change)))
    assert len(keys) == 6


def test_a_template_that_fails_on_one_pair_names_it(tmp_path: Path) -> None:
    template = "{% if instruction == 'i2' %}{{ 1 // 0 }}{% endif %}{{ instruction }}"
    with pytest.raises(DataError, match=r"pair 2 \(test\): data\.template cannot be rendered"):
        build(tmp_path / "t", make(5), template=template)
    assert not (tmp_path / "t").exists()


def test_a_missing_chat_template_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^data\.template is `chat`, but the base model's"):
        build(tmp_path / "t", make(3), template="chat")


def test_shuffled_and_repeated_documents_are_packed_as_drawn(tmp_path: Path) -> None:
    pairs = make(4)
    (tmp_path / "encoded").mkdir()
    encode_store(
        PairsInMemory(pairs),
        tmp_path / "encoded",
        tokenizer=ByteTokenizer(),
        template="<{{ instruction }}>",
    )
    draw = Draw(prompts=[0, 1, 1, 3], answers=[2, 0, 0, 3], distinct=3)
    with EncodedPairs(tmp_path / "encoded") as encoded:
        facts = pack_tokens(
            encoded, draw, tmp_path / "rows", pad_token_id=256, max_tokens=32, seed=0
        )
    rows = load_tokens(tmp_path / "rows")
    text = bytes(rows.input_ids[rows.input_ids != 256].astype("uint8")).decode()
    for prompt, answer in zip(draw.prompts, draw.answers, strict=True):
        assert f"<i{prompt}>{pairs[answer].response}" in text
    assert text.count("<i1>") == 2
    assert facts.pairs == 4


def test_rows_of_many_chunks_are_all_written(tmp_path: Path) -> None:
    facts = build(tmp_path / "t", make(900), max_tokens=32)
    rows = load_tokens(tmp_path / "t")
    assert facts.rows > 3 * CHUNK_ROWS
    assert rows.input_ids.shape == rows.labels.shape == (facts.rows, 32)
    assert int(rows.counts[:, 0].sum()) == facts.tokens
    assert (rows.counts[:, 0] > 0).all()


def test_a_damaged_folder_is_reported(tmp_path: Path) -> None:
    build(tmp_path / "t", make(3))
    (tmp_path / "t" / "labels.npy").write_bytes(b"")
    with pytest.raises(DataError, match="delete the folder"):
        load_tokens(tmp_path / "t")
