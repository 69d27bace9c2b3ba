"""Every format of completion files recognises its own files and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from foreign_logs import inspect_sample, lm_eval_row, write_inspect_json, write_lines, write_problem

from codem_ray.scoring.completion_files import FORMATS, open_completions
from codem_ray.scoring.formats.entries import FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import UnusableRow, read_start

DAMAGE = '{"task_id": "P/1", "compl\n'


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Write a file of each format, with one completion."""
    generations = tmp_path / "generations.json"
    generations.write_text(json.dumps([["a"]]))
    by_task = tmp_path / "by_task.json"
    by_task.write_text(json.dumps({"P/0": ["a"]}, indent=1))
    return {
        "rows of samples": write_lines(
            tmp_path / "samples.jsonl", [{"task_id": "P/0", "completion": "a"}]
        ),
        "bigcode generations": generations,
        "samples by task": by_task,
        "MultiPL-E problem": write_problem(tmp_path / "P_0_name.json.gz", "P/0", ["a"]),
        "lm-eval sample log": write_lines(
            tmp_path / "lm_eval.jsonl", [lm_eval_row(0, {"task_id": "P/0"}, ["a"])]
        ),
        "inspect_ai log": write_inspect_json(
            tmp_path / "log.json", [inspect_sample("P/0", 1, "a")]
        ),
    }


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_a_file_is_recognised_by_its_own_format_first(name: str, files: dict[str, Path]) -> None:
    path = files[name]
    head = FileHead(path, read_start(path))
    assert next(one.name for one in FORMATS if one.matches(head)) == name


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_completions_have_text_place_and_a_way_to_find_the_problem(
    name: str, files: dict[str, Path]
) -> None:
    file = open_completions(files[name])
    assert file.format.name == name
    # A second iteration reads the file again.
    for entries in (list(file), list(file)):
        [entry] = entries
        assert isinstance(entry, WrittenCompletion)
        assert entry.text == "a"
        assert str(files[name]) in entry.location
        assert entry.possible_ids == ("P/0",) or entry.position == 0
        assert entry.fields["completion"] == "a"


@pytest.mark.parametrize("name", ["rows of samples", "lm-eval sample log"])
def test_a_damaged_line_is_an_unusable_row(name: str, files: dict[str, Path]) -> None:
    path = files[name]
    path.write_text(path.read_text() + DAMAGE)
    row = list(open_completions(path))[-1]
    assert isinstance(row, UnusableRow)
    assert row.is_broken
    assert "line 2" in row.location
