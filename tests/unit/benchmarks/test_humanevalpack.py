"""Rows of HumanEvalPack become problems of three kinds: write, fix, and explain then write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pack_rows import PYTHON, ROWS, RUST

from codem_ray.benchmarks import benchmark_digest, load
from codem_ray.errors import DataError
from codem_ray.records import EXPLANATION, Problem


def one(folder: Path, name: str, row: dict[str, Any]) -> Problem:
    path = folder / "humanevalpack" / f"humanevalpack_{name.rpartition('-')[2]}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(row) + "\n")
    [problem] = load(f"humanevalpack-{name}", data_dir=folder)
    return problem


@pytest.mark.parametrize("name", ROWS)
def test_each_kind_asks_for_something_else(tmp_path: Path, name: str) -> None:
    row = ROWS[name]
    write, fix, explain = (one(tmp_path, f"{kind}{name}", row) for kind in ("", "fix-", "explain-"))
    for problem in (write, fix, explain):
        assert problem.task_id == row["task_id"]
        assert problem.entry_point == row["entry_point"]
        assert problem.reference == row["canonical_solution"]
        assert problem.broken == (row["buggy_solution"],)
        assert problem.licence == "MIT"
        assert row["canonical_solution"].strip() not in problem.prompt + problem.instruction
    assert write.prompt == row["prompt"]
    assert write.explanation is None
    assert "the sum of the squares" in write.instruction
    for text in (fix.prompt, fix.instruction):
        assert "the sum of the squares" not in text
        assert row["buggy_solution"].strip().split("\n")[0].strip() in text
        assert row["test"].strip().split("\n")[0] in text
    assert fix.prompt.endswith(row["declaration"])
    assert explain.explanation is not None
    assert row["canonical_solution"].strip() in explain.explanation.question
    assert explain.explanation.max_characters == len(row["docstring"])
    assert explain.prompt.count(EXPLANATION) == explain.instruction.count(EXPLANATION) == 1
    assert explain.prompt.endswith(row["declaration"])
    assert "the sum of the squares" not in explain.prompt + explain.instruction
    digests = {benchmark_digest([problem]) for problem in (write, fix, explain)}
    assert len(digests) == 3


def test_a_file_is_recognised_by_its_fields_and_rust_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(PYTHON) + "\n")
    [problem] = load(path)
    assert problem.prompt == PYTHON["prompt"]
    assert problem.broken
    path.write_text(json.dumps(RUST) + "\n")
    with pytest.raises(DataError, match=r"HumanEvalPack in 'Rust'; it can be read in python"):
        load(path)


def test_a_missing_buggy_solution_is_named(tmp_path: Path) -> None:
    bad = {k: v for k, v in PYTHON.items() if k != "buggy_solution"}
    with pytest.raises(DataError, match="line 1: field 'buggy_solution' is missing"):
        one(tmp_path, "fix-python", bad)
