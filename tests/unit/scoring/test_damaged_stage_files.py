"""Damaged files of a trial's stages are named in one line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet
from synthetic_results import make_row

from codem_ray.errors import DataError
from codem_ray.records import Completion
from codem_ray.scoring.stage_files import read_results, read_rows, write_results


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"plain text", "is not gzipped, or damaged"),
        (gzip.compress(b"{}" * 99, mtime=0)[:-12], "ends in the middle of its compressed data"),
        (b"\x1f\x8b\x08" + b"\0" * 7 + b"\xff" * 40, "is not gzipped, or damaged"),
        (gzip.compress(b"{}\n", mtime=0), "line 1: task_id: missing; sample: missing"),
        (gzip.compress(b"null\n", mtime=0), r"line 1: .*must be a mapping \(got None\)"),
    ],
)
def test_damaged_rows_are_described_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_rows(path, Completion)
    assert "\n" not in str(caught.value)


def write_table(path: Path, column: str, value: object) -> None:
    write_results(path, [make_row("base", "c", number) for number in range(3)])
    table = parquet.read_table(path)
    index = table.column_names.index(column)
    values = pyarrow.array([value] * len(table), pyarrow.string())
    parquet.write_table(table.set_column(index, column, values), path)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("outcome", "fun", "'fun' is not a valid Outcome"),
        ("prompt_style", "x", "'x' is not a valid PromptStyle"),
        ("task_id", None, "null values"),
        ("sample", "x", "Failed to parse string: 'x'"),
    ],
)
def test_table_with_an_impossible_value_is_refused(
    tmp_path: Path, column: str, value: object, message: str
) -> None:
    path = tmp_path / "results.parquet"
    write_table(path, column, value)
    with pytest.raises(DataError, match=f"is not a file of results: .*{message}"):
        read_results([path])


def test_table_with_damaged_bytes_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    write_results(path, [make_row("base", "c", number) for number in range(3)])
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 60 + content[64:])
    with pytest.raises(DataError, match="is not a file of results") as caught:
        read_results([path])
    assert "\n" not in str(caught.value)
