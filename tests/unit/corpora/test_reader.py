"""Reading corpora."""

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codem_ray.config import CorpusConfig
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.corpora.reader import read_pairs
from codem_ray.errors import DataError

ROW = {"instruction": "Add in Python.", "input": "", "output": "def f(a):\n    return a"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusReading:
    """All rows of one corpus."""

    pairs: list[Pair]
    broken: list[str]
    """`file:line: reason` of each broken row."""
    num_without_language: int
    """Rows in an unknown or unwanted language."""


def items(
    path: Path | str,
    *,
    wanted: tuple[str, ...] = ("python", "java"),
    share: float = 0.5,
    **config: object,
) -> list[Any]:
    """Read one corpus completely."""
    corpus = CorpusConfig.model_validate({"path": str(path), **config})
    return list(read_pairs([corpus], wanted, max_broken_share=share))


def read(path: Path | str, *, share: float = 0.01, **config: Any) -> CorpusReading:
    """Read one corpus completely and sort its rows."""
    found = items(path, share=share, **config)
    dropped = [item for item in found if isinstance(item, DroppedRow)]
    broken = [item for item in dropped if item.reason is DropReason.BROKEN_ROW]
    return CorpusReading(
        pairs=[item for item in found if isinstance(item, Pair)],
        broken=[f"{item.pair_id}: {item.detail}" for item in broken],
        num_without_language=len(dropped) - len(broken),
    )


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


def test_broken_rows_are_counted_and_quoted(tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [ROW, "{oops", {"instruction": 1, "output": "x"}, {"a": 1}])
    reading = read(file, share=0.8)
    assert len(reading.pairs) == 1
    assert [text.split(": ")[0] for text in reading.broken] == [f"a.jsonl:{n}" for n in (2, 3, 4)]
    assert "'instruction' must be a string, not int" in reading.broken[1]


def test_too_many_broken_rows_refuse_the_file(tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [ROW, ROW, "{oops"])
    with pytest.raises(DataError, match=r"1 of 3 rows are broken(.|\n)*a\.jsonl:3: not JSON"):
        read(file)


def test_a_missing_file_and_an_empty_corpus_name_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not found: check data\.corpora"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="no pair in python, java"):
        read(lines(tmp_path / "a.jsonl", []))


def test_the_language_field_decides(tmp_path: Path) -> None:
    rows: list[object] = [{**ROW, "lang": "Java"}, {**ROW, "lang": "Rust"}]
    reading = read(lines(tmp_path / "a.jsonl", rows), language_field="lang")
    assert [pair.language for pair in reading.pairs] == ["java"]
    assert reading.num_without_language == 1


def test_the_file_name_decides_the_language(tmp_path: Path) -> None:
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
    (pair,) = items(tmp_path / "{language}.jsonl", wanted=("python",))
    assert pair.id == "exercism/python/two-fer"
    assert pair.response == "```python\ndef f(): return 1\n```"
    assert "def f(): pass" in pair.instruction


def test_an_invalid_byte_breaks_only_its_row(tmp_path: Path) -> None:
    good = '{"instruction": "Add %d in Python.", "output": "def f(a): return a"}\n'
    lines = [(good % number).encode() for number in range(200)]
    lines[7] = lines[7].replace(b"Add", b"Add \xff")
    lines[8] = lines[8].replace(b"Add", b"Add \\ud800")
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b"".join(lines))
    reading = read(path, languages=("python",))
    assert len(reading.pairs) == 198
    assert reading.broken == [
        "pairs.jsonl:8: not UTF-8: the byte 0xff",
        "pairs.jsonl:9: not UTF-8: the lone surrogate U+D800",
    ]
    with pytest.raises(DataError, match="2 of 200 rows are broken"):
        read(path, languages=("python",), share=0.001)


def test_every_row_becomes_a_pair_or_a_dropped_row(tmp_path: Path) -> None:
    rows: list[object] = [
        ROW,
        "{oops",
        {"instruction": "Add in Rust.", "output": "fn add() {}"},
        {"instruction": "What is a tree?", "output": "A graph without cycles."},
        {"instruction": "Add in Go.", "output": "package main"},
    ]
    found = items(lines(tmp_path / "a.jsonl", rows), languages=["python"])
    assert [getattr(item, "reason", None) for item in found] == [
        None,
        DropReason.BROKEN_ROW,
        DropReason.OTHER_LANGUAGE,
        DropReason.UNKNOWN_LANGUAGE,
        DropReason.NOT_WANTED,
    ]
    assert found[0].evidence == "word 'Python'"
    assert found[4].detail == "go: word 'in Go'"
    assert [item.pair_id for item in found[1:]] == [f"a.jsonl:{n}" for n in range(2, 6)]


def test_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.json"):
        path = tmp_path / name
        rows = ",\n".join([json.dumps(ROW)] * 20_000)
        path.write_text(f"[{rows}" if name == "a.json" else rows.replace(",\n", "\n") + "\n{oops")
        corpus = CorpusConfig(path=str(path))
        stream = read_pairs([corpus], ("python",), max_broken_share=0)
        assert isinstance(next(stream), Pair)
        # Only the end of the file is broken, and it has not been read yet.
        with pytest.raises(DataError, match=r"rows are broken|not JSON"):
            list(stream)


def test_an_array_element_may_be_longer_than_a_chunk(tmp_path: Path) -> None:
    long = {**ROW, "output": "def f(a):\n    return a\n" * 100_000}
    path = tmp_path / "a.json"
    path.write_text(" [ " + ",\n ".join(json.dumps(row) for row in (ROW, long, ROW)) + "\n]\n")
    assert [len(item.response) for item in items(path)] == [
        len(ROW["output"]),
        len(long["output"]),
        len(ROW["output"]),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{}", "',' or ']' expected after 1"),
        ('[{"a"', "element 1"),
        ("[{}] x", "after the array"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_with_an_invalid_array_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        items(tmp_path / "a.json")


def test_a_pair_of_a_million_characters_is_read_from_every_format(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    row = {"instruction": "Add in Python.", "output": "x = 1\n" * 170_000}
    lines(tmp_path / "a.jsonl", [row])
    (tmp_path / "a.json").write_text(json.dumps([row]))
    (tmp_path / "a.csv").write_text(f'instruction,output\n{row["instruction"]},"{row["output"]}"\n')
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.json", "a.csv", "a.parquet"):
        (pair,) = items(tmp_path / name)
        assert len(pair.response) == len(row["output"]), name


def test_an_invalid_byte_breaks_only_its_row_of_a_parquet_file(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    texts = pa.array([b"Add in Python.", b"Add \xff in Python."]).cast(pa.binary())
    texts = pa.StringArray.from_buffers(len(texts), *texts.buffers()[1:])
    table = pa.table({"instruction": texts, "output": ["x = f(1)", "x = f(2)"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    found = items(tmp_path / "a.parquet")
    assert [type(item) for item in found] == [Pair, DroppedRow]
    assert found[1].detail.startswith("not UTF-8")


def test_repeated_ids_become_unique_and_stable(tmp_path: Path) -> None:
    rows: list[object] = [{**ROW, "id": 7, "output": f"x = f({n})"} for n in range(3)]
    ids = [item.id for item in items(lines(tmp_path / "a.jsonl", rows))]
    assert ids[0] == "7"
    assert len(set(ids)) == 3
    assert ids == [item.id for item in items(tmp_path / "a.jsonl")]


def test_a_row_of_an_unknown_language_is_dropped_and_an_empty_language_field_is_ignored(
    tmp_path: Path,
) -> None:
    rows: list[object] = [{**ROW, "lang": "Rust"}, {**ROW, "lang": None}, {**ROW, "lang": "py"}]
    found = items(lines(tmp_path / "a.jsonl", rows), language_field="lang")
    assert found[0].reason is DropReason.OTHER_LANGUAGE
    assert [item.evidence for item in found[1:]] == ["word 'Python'", "field lang"]


def test_prose_comes_only_from_corpora_of_that_kind(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", [{"instruction": "Why in Java?", "output": "Because."}])
    (pair,) = items(path, wanted=("java", "prose"), kind="prose")
    assert (pair.language, pair.evidence) == ("prose", "kind of the corpus")
    assert items(path, wanted=("java",), kind="prose") == []
    assert items(path, wanted=("prose",)) == []


def test_a_hub_dataset_is_streamed(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="needs the extra train")
    lines(tmp_path / "train.jsonl", [ROW, {**ROW, "output": None}])
    found = items(f"hub:{tmp_path}")
    assert [type(item) for item in found] == [Pair, DroppedRow]
    with pytest.raises(DataError, match="cannot be loaded"):
        items(f"hub:{tmp_path / 'none'}")


def test_an_unclosed_csv_field_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text('instruction,output\nPython a,"def f(): pass\nPython b,x = 1\n')
    with pytest.raises(DataError, match=r"c\.csv:\d+: not CSV"):
        read(path, share=1)


def test_renamed_ids_do_not_collide_with_existing_ones(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    rows = [{**ROW, "id": name} for name in ("a (0:3)", "a", "a", "a")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len({pair.id for pair in read(path).pairs}) == 4


def test_the_starter_kit_as_prose_gives_its_prose() -> None:
    reading = read("starter", wanted=("python", "prose"), kind="prose")
    assert {pair.language for pair in reading.pairs} == {"prose"}
    assert not any("```" in pair.response for pair in reading.pairs)


def test_a_time_out_of_range_breaks_only_its_row(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "c.parquet"
    times = pa.array([0, 1 << 62], pa.timestamp("us"))
    texts = [pa.array([ROW[name]] * 2) for name in ("instruction", "output")]
    parquet.write_table(pa.table([*texts, times], ["instruction", "output", "at"]), path)
    reading = read(path, share=1)
    assert len(reading.pairs) == 1
    assert "no Python type" in reading.broken[0]


def test_a_csv_file_with_a_repeated_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("instruction,output,output\nAsk.,first,second\n")
    with pytest.raises(DataError, match="names the column 'output' more than once"):
        items(path)


def test_a_corpus_without_a_pair_quotes_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps([ROW]) + "\n")
    with pytest.raises(DataError, match=r"the first is a.jsonl:1: broken_row a row must be an"):
        items(path, share=1.0)
