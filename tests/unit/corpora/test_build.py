"""Builds of corpora."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from codem_ray.config import DataConfig
from codem_ray.corpora.build import (
    build_in_memory,
    build_key,
    build_to_folder,
    read_dropped,
)
from codem_ray.corpora.pair_store import PairsOnDisk
from codem_ray.corpora.pairs import DropReason
from codem_ray.errors import DataError
from codem_ray.records import Problem

WORDS = "one two three four five six seven eight nine ten"
LANGUAGES = ("python", "html")


def problem(**changes: str) -> Problem:
    fields: dict[str, Any] = {
        "benchmark": "humaneval-x-python",
        "task_id": "Python/1",
        "language": "python",
        "prompt": "def f():",
        "instruction": f"{WORDS} eleven",
        "tests": "",
    }
    return Problem(**(fields | changes))


def corpus(folder: Path, rows: list[dict[str, str]], name: str = "c.jsonl") -> DataConfig:
    path = folder / name
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return DataConfig.model_validate(
        {
            "corpora": [{"path": str(path), "language_field": "lang", "licence": "MIT"}],
            "max_broken_share": 0.5,
        }
    )


ROWS = [
    {"id": "a", "instruction": "i", "output": "x = 1", "lang": "python"},
    {"id": "b", "instruction": "i", "output": " x = 1\n", "lang": "python"},
    {"id": "c", "instruction": f"Zero, {WORDS}", "output": "y", "lang": "python"},
    {"id": "d", "instruction": "page", "output": "<p onclick=x()>q</p>", "lang": "html"},
    {"id": "e", "instruction": "j", "output": "fn main", "lang": "rust"},
    {"instruction": "", "output": "z", "lang": "python"},
]


def test_every_row_is_kept_or_dropped_with_a_reason(tmp_path: Path) -> None:
    data = corpus(tmp_path, ROWS)
    folder = tmp_path / "build"
    folder.mkdir()
    facts = build_to_folder(folder, data, LANGUAGES, [problem()], ["digest"])
    store = PairsOnDisk(folder)
    assert [pair.id for _, pair in store.read()] == ["a", "d"]
    found = {row.pair_id: row.reason for row in read_dropped(folder)}
    assert found == {
        "b": "duplicate",
        "c": "contaminated",
        "e": "other_language",
        "c.jsonl:6": "broken_row",
    }
    (contaminated,) = read_dropped(folder, DropReason.CONTAMINATED)
    assert WORDS in contaminated.detail
    assert contaminated.language == "python"
    assert facts.rows == {"0": 6}
    assert facts.kept == {"0": {"python": 1, "html": 1}}
    assert facts.overlap == {"humaneval-x-python": 1}
    assert facts.broken == ["c.jsonl:6: the field 'instruction' is empty"]
    in_memory, same = build_in_memory(data, LANGUAGES, [problem()], ["digest"])
    assert same == facts
    assert in_memory.index.digest() == store.index.digest()


def test_an_overlap_counts_for_the_benchmark_with_the_text(tmp_path: Path) -> None:
    problems = [
        problem(benchmark="mceval-c", instruction="unlike every pair"),
        problem(benchmark="mceval-cpp", task_id="CPP/1"),
    ]
    _, facts = build_in_memory(corpus(tmp_path, ROWS), LANGUAGES, problems, ["digest"])
    assert facts.overlap == {"mceval-cpp": 1}


def test_scripts_are_removed_from_html_only_on_request(tmp_path: Path) -> None:
    rows = [
        *ROWS,
        {"id": "p", "instruction": "k", "output": "s = '<a onclick=1>'", "lang": "python"},
    ]
    data = corpus(tmp_path, rows)
    plain, _ = build_in_memory(data, LANGUAGES, [], [])
    assert {pair.id: pair.response for _, pair in plain.read()}["d"] == "<p onclick=x()>q</p>"
    stripping = data.model_copy(update={"html_strip_scripts": True})
    stripped, facts = build_in_memory(stripping, LANGUAGES, [], [])
    texts = {pair.id: pair.response for _, pair in stripped.read()}
    assert (texts["d"], texts["p"]) == ("<p>q</p>", "s = '<a onclick=1>'")
    assert facts.scripts_stripped == 1


def test_the_key_depends_on_content_and_options_but_not_on_the_folder(tmp_path: Path) -> None:
    def key(data: DataConfig, *problems: Problem, languages: tuple[str, ...] = LANGUAGES) -> str:
        return build_key(data, languages, problems)[0]

    data = corpus(tmp_path, ROWS)
    first = key(data, problem())
    assert key(corpus(tmp_path, ROWS), problem()) == first
    (tmp_path / "moved").mkdir()
    assert key(corpus(tmp_path / "moved", ROWS), problem()) == first
    others = {
        key(corpus(tmp_path, ROWS[:-1]), problem()),
        key(corpus(tmp_path, [{**ROWS[0], "output": "x = 2"}, *ROWS[1:]]), problem()),
    }
    corpus(tmp_path, ROWS)
    others |= {
        key(data, problem(reference="return 1")),
        key(data, problem(), languages=("python",)),
        key(data.model_copy(update={"html_strip_scripts": True}), problem()),
        key(data.model_copy(update={"decontaminate": False}), problem()),
        key(data.model_copy(update={"max_broken_share": 0.4}), problem()),
    }
    assert len(others) == 7
    assert first not in others
    budget = data.model_copy(update={"pairs": 3, "seed": 9, "max_tokens": 7, "template": "short"})
    assert key(budget, problem()) == first


def test_a_gzipped_corpus_gives_the_same_pairs(tmp_path: Path) -> None:
    plain, _ = build_in_memory(corpus(tmp_path, ROWS), LANGUAGES, [], [])
    packed, _ = build_in_memory(corpus(tmp_path, ROWS, "c.jsonl.gz"), LANGUAGES, [], [])
    assert plain.index.digest() == packed.index.digest()


def test_the_key_depends_on_file_names(tmp_path: Path) -> None:
    """A name can decide a language, and a corpus of prose has its own files."""
    for name in ("python", "prose"):
        (tmp_path / f"c-{name}.jsonl").write_text(json.dumps(ROWS[0]) + "\n")

    def key(path: str, **changes: str) -> str:
        raw = {"corpora": [{"path": str(tmp_path / path), **changes}]}
        return build_key(DataConfig.model_validate(raw), ("python", "prose"), ())[0]

    assert key("c-{language}.jsonl") != key("c-python.jsonl")
    first = key("c-{language}.jsonl", kind="prose")
    (tmp_path / "c-prose.jsonl").write_text(json.dumps(ROWS[1]) + "\n")
    assert key("c-{language}.jsonl", kind="prose") != first


def test_the_key_depends_on_the_evaluation_only_benchmarks(tmp_path: Path) -> None:
    data = corpus(tmp_path, ROWS)
    assert build_key(data, LANGUAGES, (), ("a",))[0] != build_key(data, LANGUAGES, ())[0]


def test_rows_with_lone_surrogates_are_stored_as_dropped(tmp_path: Path) -> None:
    data = corpus(tmp_path, [*ROWS, {"\ud800": "1"}])
    folder = tmp_path / "build"
    folder.mkdir()
    build_to_folder(folder, data, LANGUAGES, [], [])
    last = [row for row in read_dropped(folder) if row.pair_id == "c.jsonl:7"]
    assert "\\ud800" in last[0].detail
    (folder / "dropped.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="delete the folder"):
        list(read_dropped(folder))


@pytest.mark.parametrize("path", ["x" * 300, "nul\0"])
def test_an_invalid_corpus_path_is_reported(tmp_path: Path, path: str) -> None:
    raw = {"corpora": [{"path": str(tmp_path / path)}]}
    with pytest.raises(DataError, match="cannot be the path of a corpus"):
        build_key(DataConfig.model_validate(raw), LANGUAGES, ())
