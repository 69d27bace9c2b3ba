"""Pairs and tokens in the shared cache, with the plans and data cards that describe them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from codem_ray.config import Sweep, parse_sweep
from codem_ray.errors import ConfigError, DataError, StorageError
from codem_ray.sweep import sweep_pairs
from codem_ray.sweep.data_report import card_of
from codem_ray.sweep.planning import SweepInputs, plan_offline, prepare_inputs, storage_of
from codem_ray.sweep.stages import cache_of, tokens_stage
from codem_ray.sweep.sweep_pairs import ROWS
from codem_ray.tokens.packed_rows import load_tokens


class ByteTokenizer:
    """One token per byte; counts the texts that it was given."""

    eos_token_id, pad_token_id, bos_token_id = 256, 256, None
    added_tokens_decoder: ClassVar[dict[int, Any]] = {}

    def __init__(self) -> None:
        self.texts = 0

    def __call__(self, texts: list[str], **_: bool) -> dict[str, Any]:
        self.texts += len(texts)
        return {"input_ids": [list(text.encode()) for text in texts]}


def write_corpus(folder: Path, *, count: int = 30, long: int = 0) -> Path:
    rows = [
        {
            "id": f"{language}-{n}",
            "instruction": f"ask {n}",
            "output": f"{language} {n}" + "x" * (500 if n < long and language == "go" else n),
            "lang": language,
        }
        for language in ("python", "go")
        for n in range(count)
    ]
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def make(folder: Path, **changes: object) -> Sweep:
    raw = {
        "name": "first",
        "base_model": {"path": "starter"},
        "sources": ["base", "python", "go", "mixed", ["go", "python"]],
        "data": {
            "corpora": [
                {"path": str(folder / "corpus.jsonl"), "language_field": "lang", "licence": "MIT"}
            ],
            # The answers are not code and nearly equal.
            "cleaning": {"max_error_share": None, "truncated": False, "near_duplicates": None},
            "template": "short",
            "pairs": 20,
            "max_tokens": 256,
        },
        "generation": {"max_new_tokens": 64},
        "evaluation": {"benchmarks": ["starter-python"], "limit": 3},
        "storage": {"path": str(folder / "runs")},
    }
    return parse_sweep(raw, [f"{k}={json.dumps(v)}" for k, v in changes.items()], "test")


def prepare(sweep: Sweep, tokenizer: ByteTokenizer | None) -> SweepInputs:
    def load(sweep: Sweep) -> ByteTokenizer:
        assert tokenizer is not None, "unexpected tokenising"
        return tokenizer

    return prepare_inputs(sweep, load_tokenizer=load)


def ids(inputs: SweepInputs) -> list[str]:
    return [trial.trial_id for trial in inputs.plan.trials]


def test_a_second_sweep_reads_and_tokenises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path)
    tokenizer = ByteTokenizer()
    first = prepare(make(tmp_path), tokenizer)
    assert tokenizer.texts == 2 * 60
    assert not first.plan.is_estimate

    def fail(*arguments: object) -> None:
        raise AssertionError("built twice")

    monkeypatch.setattr(sweep_pairs, "build_to_folder", fail)
    second = prepare(make(tmp_path, name="second"), None)
    assert ids(second) == ids(first)
    # Another budget, order or row length is packed again from the same token ids.
    for change in ({"data.pairs": 7}, {"data.seed": 1}, {"data.max_tokens": 200}):
        assert ids(prepare(make(tmp_path, **change), None)) != ids(first)
    monkeypatch.setattr(sweep_pairs, "pack_tokens", fail)
    assert ids(prepare(make(tmp_path, name="third"), None)) == ids(first)


def test_the_plan_counts_pairs_that_name_a_special_token(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    corpus.write_text(corpus.read_text().replace('ask 1"', 'ask <end>"'))
    tokenizer = ByteTokenizer()
    tokenizer.added_tokens_decoder = {
        256: SimpleNamespace(content="<end>", special=True, lstrip=False, rstrip=False)
    }
    prepare(make(tmp_path), tokenizer)
    # A plan reads the count from the cache, without a tokenizer.
    notes = plan_offline(make(tmp_path)).plan.notes
    assert any(note.startswith("2 of 60 pairs name a special token") for note in notes)


def test_a_changed_corpus_of_the_same_name_is_built_and_tokenised_again(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path)
    first = prepare(make(tmp_path), ByteTokenizer())
    path = write_corpus(tmp_path)
    assert ids(prepare(make(tmp_path), None)) == ids(first)
    path.write_text(path.read_text().replace("python 3", "python three"))
    tokenizer = ByteTokenizer()
    second = prepare(make(tmp_path), tokenizer)
    assert tokenizer.texts == 2 * 60
    assert ids(second) != ids(first)


def test_a_deleted_cache_is_made_again_with_the_same_content(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    first = prepare(make(tmp_path), ByteTokenizer())
    shutil.rmtree(tmp_path / "runs" / "_cache")
    assert ids(prepare(make(tmp_path), ByteTokenizer())) == ids(first)


def test_budgets_are_equal_without_the_pairs_that_are_too_long(tmp_path: Path) -> None:
    write_corpus(tmp_path, long=9)
    sweep = make(tmp_path, **{"data.pairs": 21})
    inputs = prepare(sweep, ByteTokenizer())
    assert inputs.pairs is not None
    sources = {row["source"]: row for row in card_of(sweep, inputs, storage_of(sweep))["sources"]}
    assert [sources[name]["pairs"] for name in ("python", "go", "mixed")] == [21, 21, 21]
    assert all(row["dropped_too_long"] == 0 for row in sources.values())
    assert any("9 of 60 pairs have more than" in note for note in inputs.plan.notes)
    with pytest.raises(DataError, match=r"source go: 21 pairs.*9 pairs are longer than data\.max"):
        prepare(make(tmp_path, **{"data.pairs": 22}), None)
    # Before tokens are counted, `plan` notes that there may be such pairs.
    shutil.rmtree(tmp_path / "runs")
    plan = plan_offline(sweep).plan
    assert any("may have more than data.max_tokens=256" in note for note in plan.notes)


def test_target_tokens_are_equal_with_a_budget_in_tokens(tmp_path: Path) -> None:
    write_corpus(tmp_path, count=200)
    sweep = make(tmp_path, **{"data.pairs": None, "data.target_tokens": 3000})
    plan = plan_offline(sweep).plan
    assert any("nothing was tokenised yet" in note for note in plan.notes)
    inputs = prepare(sweep, ByteTokenizer())
    card = card_of(sweep, inputs, storage_of(sweep))
    for row in card["sources"]:
        stages = 2 if row["source"] == "go-then-python" else 1
        assert abs(row["target_tokens"] - 3000 * stages) <= 110 * stages
        assert row["filling"] > 0.8
    assert card["settings"]["budget"] == "3,000 target tokens for each source"


def test_a_budget_in_tokens_is_not_refused_on_an_estimate(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    supply = sum(len(f"go {n}") + n + 1 for n in range(30))
    changes = {"sources": ["go"], "data.pairs": None, "data.target_tokens": supply}
    sweep = make(tmp_path, **changes)
    plan = plan_offline(sweep).plan
    assert not any("repeated" in note for note in plan.notes)
    inputs = prepare(sweep, ByteTokenizer())
    assert card_of(sweep, inputs, storage_of(sweep))["sources"][0]["pairs"] == 30
    with pytest.raises(DataError, match=f"source go: {supply} target tokens"):
        prepare(make(tmp_path, **(changes | {"data.target_tokens": supply + 1})), None)


def test_planning_writes_nothing(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    inputs = plan_offline(make(tmp_path))
    assert inputs.plan.is_estimate
    assert not (tmp_path / "runs").exists()
    # All pairs are short, so the run has the same trial ids.
    assert ids(prepare(make(tmp_path), ByteTokenizer())) == ids(inputs)


def test_pairs_of_large_corpora_are_assumed_until_they_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path)
    monkeypatch.setattr(sweep_pairs, "IN_MEMORY_BYTES", 10)
    inputs = plan_offline(make(tmp_path))
    assert inputs.pairs is None
    assert any("have not been built yet" in note for note in inputs.plan.notes)
    first = prepare(make(tmp_path), ByteTokenizer())
    assert ids(plan_offline(make(tmp_path))) == ids(first)


def test_a_repeated_source_is_noted_in_plan_and_card(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    sweep = make(tmp_path, **{"data.pairs": 45, "data.shortage": "repeat"})
    inputs = prepare(sweep, ByteTokenizer())
    note = "python: 30 pairs in python are repeated 1.5 times to make 45 pairs"
    assert any(text.startswith(note) for text in inputs.plan.notes)
    card = card_of(sweep, inputs, storage_of(sweep))
    assert (
        card["sources"][0] | {"pairs": 45, "distinct_pairs": 30, "repeats": 1.5}
        == (card["sources"][0])
    )
    assert any(text.startswith(note) for text in card["notes"])
    assert card["corpora"][0]["licence"] == "MIT"
    assert card["corpora"][0]["rows"] == 60


def test_packed_rows_hold_the_pairs_of_the_draw(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    sweep = make(tmp_path)
    inputs = prepare(sweep, ByteTokenizer())
    assert inputs.pairs is not None
    (key,) = inputs.pairs.tokens_keys["python"]
    rows = load_tokens(tokens_stage(storage_of(sweep), key).folder() / ROWS)
    assert rows.facts.pairs == 20
    text = bytes(rows.input_ids[rows.input_ids != 256].astype("uint8")).decode()
    (draw,) = inputs.pairs.draws.phases["python"]
    for _, pair in inputs.pairs.store.read(draw.prompts):
        assert f"{pair.instruction}\n\n### Response:\n{pair.response}" in text


def test_the_cache_can_be_on_object_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    write_corpus(tmp_path)
    remote = {"storage.path": "memory://bucket/runs"}
    first = prepare(make(tmp_path, **remote), ByteTokenizer())
    assert ids(prepare(make(tmp_path, **remote, name="second"), None)) == ids(first)
    assert ids(first) == ids(prepare(make(tmp_path), ByteTokenizer()))
    sweep = make(tmp_path, **remote)
    assert cache_of(storage_of(sweep)).root == "memory://bucket/runs/_cache"
    # A phase of a sequence shares its tokens with the source of that language.
    assert len(cache_of(storage_of(sweep)).names("tokens")) == 3


def test_a_mixture_names_each_language_once(tmp_path: Path) -> None:
    assert make(tmp_path, **{"data.mixture": {"py": 2}}).data.mixture == {"python": 2.0}
    with pytest.raises(ConfigError, match="named twice: py, python"):
        make(tmp_path, **{"data.mixture": {"py": 2, "python": 1}})
    with pytest.raises(ConfigError):
        make(tmp_path, **{"data.mixture": {"python": 0}})


def test_both_budgets_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="set only one of them"):
        make(tmp_path, **{"data.target_tokens": 5})


def test_a_sequence_with_a_repeated_language_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    with pytest.raises(ConfigError, match="a sequence may have each language once"):
        make(tmp_path, sources=[["python", "go", "python"]])


def test_damaged_tokens_are_not_packed(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    sweep = make(tmp_path)
    prepare(sweep, ByteTokenizer())
    cache = tmp_path / "runs" / "_cache"
    shutil.rmtree(cache / "tokens")
    (ids_file,) = (cache / "encoded").rglob("ids.bin")
    content = bytearray(ids_file.read_bytes())
    content[0] ^= 1
    ids_file.write_bytes(content)
    with pytest.raises(StorageError, match="not what was written"):
        prepare(sweep, None)
    (lengths,) = (cache / "encoded").rglob("lengths.npy")
    lengths.write_bytes(lengths.read_bytes()[: lengths.stat().st_size // 2])
    with pytest.raises(DataError, match="the token lengths cannot be read"):
        prepare(sweep, None)
