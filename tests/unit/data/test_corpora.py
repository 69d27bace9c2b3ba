"""Reading corpora."""

import gzip
import json
from pathlib import Path

import pytest

from codem_ray.config.models import CorpusConfig
from codem_ray.data.corpora import CorpusReading, read_corpus
from codem_ray.errors import DataError

ROW = {"instruction": "Add in Python.", "input": "", "output": "def f(a):\n    return a"}


def read(path: Path, *, share: float = 0.01, **config: object) -> CorpusReading:
    corpus = CorpusConfig.model_validate({"path": str(path), **config})
    return read_corpus(corpus, ("python", "java"), max_broken_share=share)


def lines(path: Path, rows: list[object]) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_are_read(tmp_path: Path, name: str) -> None:
    reading = read(lines(tmp_path / name, [ROW, {**ROW, "input": "1"}]))
    assert [pair.language for pair in reading.pairs] == ["python", "python"]
    assert reading.pairs[1].instruction == "Add in Python.\n\n1"
    assert reading.pairs[0].id == f"{name}:1"


def test_json_array_csv_and_parquet_are_read(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    (tmp_path / "a.json").write_text(json.dumps([ROW]))
    (tmp_path / "a.csv").write_text('instruction,response\n"Add in Python.","def f(a):\n  pass"\n')
    parquet.write_table(pa.Table.from_pylist([ROW]), tmp_path / "a.parquet")
    for name in ("a.json", "a.csv", "a.parquet"):
        assert len(read(tmp_path / name).pairs) == 1, name


def test_broken_rows_are_counted_and_named(tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [ROW, "{oops", {"instruction": 1, "output": "x"}, {"a": 1}])
    reading = read(file, share=0.8)
    assert len(reading.pairs) == 1
    assert [text.split(": ")[0] for text in reading.broken] == [f"a.jsonl:{n}" for n in (2, 3, 4)]
    assert "'instruction' must be a text, not int" in reading.broken[1]


def test_too_many_broken_rows_refuse_the_file(tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [ROW, ROW, "{oops"])
    with pytest.raises(DataError, match=r"1 of 3 rows are broken(.|\n)*a\.jsonl:3: not JSON"):
        read(file)


def test_missing_file_and_empty_corpus_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not found: check data\.corpora"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="no pair in python, java"):
        read(lines(tmp_path / "a.jsonl", []))


def test_language_comes_from_the_field_named(tmp_path: Path) -> None:
    rows: list[object] = [{**ROW, "lang": "Java"}, {**ROW, "lang": "Rust"}]
    reading = read(lines(tmp_path / "a.jsonl", rows), language_field="lang")
    assert [pair.language for pair in reading.pairs] == ["java"]
    assert reading.without_language == 1


def test_language_comes_from_the_file_name(tmp_path: Path) -> None:
    for name in ("python", "java"):
        lines(tmp_path / f"x-{name}.jsonl", [ROW])
    reading = read(tmp_path / "x-{language}.jsonl")
    assert [pair.language for pair in reading.pairs] == ["python", "java"]


def test_exercism_rows_become_fenced_answers(tmp_path: Path) -> None:
    row = {
        "slug": "two-fer",
        "instruction": "Do it.",
        "stub": {"a.py": "def f(): pass\n"},
        "solution": {"a.py": "def f(): return 1\n"},
        "tests": {},
    }
    lines(tmp_path / "python.jsonl", [row])
    corpus = CorpusConfig(path=str(tmp_path / "{language}.jsonl"))
    (pair,) = read_corpus(corpus, ("python",), max_broken_share=0).pairs
    assert pair.id == "exercism/python/two-fer"
    assert pair.response == "```python\ndef f(): return 1\n```"
    assert "def f(): pass" in pair.instruction


def test_a_byte_that_is_no_utf8_breaks_its_own_row(tmp_path: Path) -> None:
    good = '{"instruction": "Add %d in Python.", "output": "def f(a): return a"}\n'
    lines = [(good % number).encode() for number in range(200)]
    lines[7] = lines[7].replace(b"Add", b"Add \xff")
    lines[8] = lines[8].replace(b"Add", b"Add \\ud800")
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b"".join(lines))
    corpus = CorpusConfig(path=str(path), languages=("python",))
    reading = read_corpus(corpus, ["python"], max_broken_share=0.01)
    assert len(reading.pairs) == 198
    assert reading.broken == (
        "pairs.jsonl:8: not UTF-8: the byte 0xff",
        "pairs.jsonl:9: not UTF-8: U+D800, half a character",
    )
    with pytest.raises(DataError, match="2 of 200 rows are broken"):
        read_corpus(corpus, ["python"], max_broken_share=0.001)
