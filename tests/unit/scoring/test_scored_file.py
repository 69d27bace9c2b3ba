"""A file of scored rows is continued from the rows that have a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codem_ray.errors import DataError
from codem_ray.scoring.scored_file import ScoredFile


def row(task_id: str, outcome: str = "passed") -> str:
    fields = {
        "task_id": task_id,
        "sample": 0,
        "benchmark": "b",
        "benchmark_digest": "d",
        "outcome": outcome,
        "completion_digest": "0",
    }
    return json.dumps(fields) + "\n"


def test_repeated_cut_and_unjudged_rows_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(row("1") + row("2", "infrastructure_error") + row("1") + row("3")[:20])
    with ScoredFile(path, "b", "d") as out:
        assert list(out.done) == [("1", 0)]
        out.append([{"task_id": "4"}])
    assert path.read_text() == row("1") + '{"task_id": "4"}\n'


def test_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text(2 * row("1"))
    link.symlink_to(target)
    with ScoredFile(link, "b", "d"):
        pass
    assert link.is_symlink()
    assert target.read_text() == row("1")


def test_file_of_another_benchmark_stays_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(2 * row("1"))
    with pytest.raises(DataError, match="holds rows of b"):
        ScoredFile(path, "other", "d")
    assert path.read_text() == 2 * row("1")
    assert not list(tmp_path.glob("*.tmp"))
