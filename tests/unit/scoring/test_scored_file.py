"""A file of scored rows is continued from the rows that have a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codem_ray.errors import ConfigError, DataError
from codem_ray.records import AnswerChoice, ExtractionOptions
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


def test_name_of_any_length_can_be_written_and_locked(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 249 + ".jsonl")
    path.write_text(2 * row("1"))
    with ScoredFile(path, "b", "d"), pytest.raises(ConfigError, match="another run writes to it"):
        ScoredFile(path, "b", "d")
    assert path.read_text() == row("1")


def test_missing_folder_is_named_also_behind_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "gone" / "out.jsonl")
    for path in (link, tmp_path / "gone" / "out.jsonl"):
        with pytest.raises(ConfigError, match=f"there is no folder {tmp_path}/gone; make it"):
            ScoredFile(path, "b", "d")
    assert not (tmp_path / "gone").exists()


def test_rows_are_marked_as_limited_only_until_a_call_without_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    limited = row("1").replace("}", ', "is_limited": true}')
    path.write_text(limited)
    with ScoredFile(path, "b", "d", is_limited=True):
        pass
    assert path.read_text() == limited
    with ScoredFile(path, "b", "d"):
        pass
    assert path.read_text() == limited.replace("true", "false")


def test_verdicts_on_answers_of_another_rule_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(row("1"))
    first = ExtractionOptions(choice=AnswerChoice.FIRST, reasoning_tags=(("<a>", "</a>"),)).label
    with pytest.raises(DataError, match="--extract best, not first <a>,</a>: name another --out"):
        ScoredFile(path, "b", "d", extraction=first)
    path.write_text(row("1").replace("}", f', "extraction": "{first}"}}'))
    with pytest.raises(DataError, match="--extract first <a>,</a>, not best"):
        ScoredFile(path, "b", "d")
    with ScoredFile(path, "b", "d", extraction=first) as out:
        assert list(out.done) == [("1", 0)]


def test_quarantine_of_the_last_call_counts(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(row("1") + row("2"))
    for quarantine in ({"1": "wrong tests"}, {"2": "wrong reference"}):
        with ScoredFile(path, "b", "d", quarantine=quarantine):
            pass
        rows = map(json.loads, path.read_text().splitlines())
        assert {r["task_id"]: r["quarantine"] for r in rows if r.get("quarantine")} == quarantine


def test_file_of_another_benchmark_stays_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(2 * row("1"))
    with pytest.raises(DataError, match="holds rows of b"):
        ScoredFile(path, "other", "d")
    assert path.read_text() == 2 * row("1")
    assert not list(tmp_path.glob("*.tmp"))


def test_a_link_to_an_output_in_use_is_refused(tmp_path: Path) -> None:
    target, link = tmp_path / "out.jsonl", tmp_path / "link.jsonl"
    target.touch()
    link.symlink_to(target)
    with (
        ScoredFile(target, "starter-python", "0"),
        pytest.raises(ConfigError, match="another run writes to it"),
    ):
        ScoredFile(link, "starter-python", "0")
