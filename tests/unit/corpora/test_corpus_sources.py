"""Where a corpus's rows come from: globs, compressed files, columns, splits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from codem_ray.config import CorpusConfig
from codem_ray.corpora.corpus_files import BUNDLED, corpus_files
from codem_ray.corpora.pairs import DroppedRow, Pair
from codem_ray.corpora.reader import read_pairs
from codem_ray.errors import DataError

ROW = {"instruction": "Add in Python.", "output": "def f(a):\n    return a"}


def read(path: Path | str, *, share: float = 0, **config: Any) -> list[Pair | DroppedRow]:
    corpus = CorpusConfig(path=str(path), **config)
    return list(read_pairs([corpus], ("python",), max_broken_share=share))


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_glob_reads_each_matching_file_in_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "deep/er/c.jsonl", ".hidden.jsonl", "other.txt"):
        lines(tmp_path / name, ROW)
    assert [item.origin for item in read(tmp_path / "*.jsonl")] == ["a.jsonl", "b.jsonl"]
    assert len(read(tmp_path / "**" / "*.jsonl")) == 3
    with pytest.raises(DataError, match=r"\*\.csv: no file matches: check data\.corpora"):
        read(tmp_path / "*.csv")
    with pytest.raises(DataError, match=r"a folder cannot be a corpus: .*/\*\.jsonl"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["what?", "50%", "a b", "[x]", "#1", "*"])
def test_names_with_special_characters_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    lines(tmp_path / "a0" / "x.jsonl", ROW)
    lines(tmp_path / name / f"{name}.jsonl", ROW, ROW)
    assert len(read(tmp_path / name / f"{name}.jsonl")) == 2
    assert len(read(tmp_path / name / "*.jsonl")) == 2


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    lines(tmp_path / "a.jsonl", ROW)
    (file,) = corpus_files(CorpusConfig(path="~/a.jsonl"), ("python",))
    assert file.path == tmp_path / "a.jsonl"


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_corpus_has_a_file_for_each_language_and_for_prose(name: str) -> None:
    files = corpus_files(CorpusConfig(path=name), ("python", "go", "prose"))
    assert [file.language for file in files] == ["python", "go", "prose"]
    assert [file.origin for file in files] == [
        f"{name}/{language}.jsonl.gz" for language in ("python", "go", "prose")
    ]
    assert [pair.language for pair in read(name) if isinstance(pair, Pair)][:1] == ["python"]


def test_bundled_words_have_no_pages() -> None:
    assert corpus_files(CorpusConfig(path="starter-words"), ("html",)) == []


def test_zstandard_files_of_several_frames_are_read(tmp_path: Path) -> None:
    frames = [f"{json.dumps(ROW)}\n".encode()] * 2
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(b"".join(pa.compress(frame, codec="zstd", asbytes=True) for frame in frames))
    assert len(read(path)) == 2
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DataError, match="the corpus file cannot be read"):
        read(path)


def test_tab_separated_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('instruction\toutput\nAdd in Python, please.\t"def f(a):\n  return a"\n')
    (pair,) = read(path)
    assert isinstance(pair, Pair)
    assert pair.instruction == "Add in Python, please."
    assert pair.response == "def f(a):\n  return a"


def test_columns_are_read_under_the_names_of_the_format(tmp_path: Path) -> None:
    row = {"problem": "Add in Python.", "solution": "def f(a): return a", "key": 7, "messages": [1]}
    path = lines(tmp_path / "a.jsonl", row)
    (pair,) = read(path, columns={"instruction": "problem", "output": "solution", "id": "key"})
    assert isinstance(pair, Pair)
    assert (pair.id, pair.instruction, pair.response) == ("7", row["problem"], row["solution"])


def test_a_column_that_is_used_for_one_field_is_not_used_for_another(tmp_path: Path) -> None:
    row = {"input": "Add in Python.", "output": "def f(a): return a"}
    (pair,) = read(lines(tmp_path / "a.jsonl", row), columns={"instruction": "input"})
    assert isinstance(pair, Pair)
    assert pair.instruction == "Add in Python."


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"columns": {"instruction": "problem"}},
            "columns.instruction is 'problem'.*: instruction,",
        ),
        ({"columns": {"input": "contxt"}}, "columns.input is 'contxt'.*are instruction, output"),
        ({"language_field": "lang"}, "language_field is 'lang'.*are instruction, output"),
    ],
)
def test_a_column_that_no_row_has_is_an_error_that_names_those_that_exist(
    tmp_path: Path, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=rf"(?s){message}"):
        read(lines(tmp_path / "a.jsonl", ROW), **config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"columns": {"instruction": "a", "prompt": "b"}}, "fields of one format"),
        ({"format": "messages", "columns": {"instruction": "a"}}, "fields of one format"),
        ({"split": "test"}, "a part of a hub dataset"),
        ({"subset": "main"}, "a part of a hub dataset"),
    ],
)
def test_keys_that_do_not_fit_together_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CorpusConfig(path="a.jsonl", **config)


def test_a_hub_dataset_is_read_by_subset_and_split(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="needs the extra train")
    lines(tmp_path / "one" / "train.jsonl", ROW)
    lines(tmp_path / "two" / "test.jsonl", ROW, ROW)
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: one\n  data_files: one/train.jsonl\n- config_name: two\n"
        "  data_files:\n  - {split: test, path: two/test.jsonl}\n---\n"
    )
    path = f"hub:{tmp_path}"
    assert len(read(path, subset="one")) == 1
    assert len(read(path, subset="two", split="test")) == 2
    for config, message in (
        ({"subset": "two"}, r"split train\) cannot be loaded: .*test"),
        ({"subset": "three"}, "'one', 'two'"),
        ({}, "'one', 'two'"),
    ):
        with pytest.raises(DataError, match=rf"(?s){message}"):
            read(path, **config)
