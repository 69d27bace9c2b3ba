"""Benchmarks are found by name and read without silent losses."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codem_ray.benchmarks import (
    BENCHMARKS,
    DATA_VARIABLE,
    benchmark_digest,
    find,
    load,
)
from codem_ray.errors import ConfigError, DataError
from codem_ray.extraction.answers import whole_answer

PYTHON_ROW = {
    "task_id": "Python/0",
    "prompt": 'import math\n\n\ndef half(x):\n    """ Once:\n    half it.\n    """\n',
    "canonical_solution": "    return x / 2\n",
    "test": "assert half(4) == 2\n",
    "declaration": "def half(x):\n",
    "text": "    Once:\n    half it.",
}


def write(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'humaneval-x-python'"):
        find("humaneval-x-pyton")


def test_a_row_becomes_a_problem(tmp_path: Path) -> None:
    [problem] = load(write(tmp_path / "mine.jsonl", PYTHON_ROW))
    assert problem.benchmark == "mine"
    assert problem.entry_point == "half"
    assert problem.instruction == (
        "Write a Python function `def half(x)` that solves the following problem:\nOnce:\nhalf it."
    )
    names: dict[str, Any] = {}
    exec(whole_answer(problem, problem.reference or "") + problem.tests, names)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"test": None}, r"line 2: field 'test' is NoneType"),
        ({"test": "  "}, r"line 2: field 'test' is empty"),
        ({"prompt": "x = 1\n"}, r"line 2: field 'prompt' ends in no python signature"),
        ({"canonical_solution": 3}, r"line 2: field 'canonical_solution' is int"),
    ],
)
def test_a_wrong_field_is_named_with_file_and_line(
    tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    bad = PYTHON_ROW | {"task_id": "Python/1"} | change
    with pytest.raises(DataError, match=rf"mine\.jsonl, {complaint}"):
        load(write(tmp_path / "mine.jsonl", PYTHON_ROW, bad))


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    bad = {k: v for k, v in PYTHON_ROW.items() if k != "prompt"}
    with pytest.raises(DataError, match="line 2: field 'prompt' is missing"):
        load(write(tmp_path / "mine.jsonl", PYTHON_ROW, bad))


def test_broken_json_is_named_by_line(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.jsonl", PYTHON_ROW)
    path.write_text(path.read_text() + "\n{broken\n")
    with pytest.raises(DataError, match="line 3: broken JSON"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x1f\x8bnot gzip", b"\xff\xfe", b"[1]\n"])
def test_files_without_valid_rows_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mine\.jsonl"):
        load(path)


def test_a_repeated_task_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Python/0 occurs more than once"):
        load(write(tmp_path / "mine.jsonl", PYTHON_ROW, PYTHON_ROW))


def test_an_unknown_format_is_refused_with_its_fields(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unknown format with the fields a, b"):
        load(write(tmp_path / "mine.jsonl", {"a": 1, "b": 2}))


def test_a_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        load(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="no such folder"):
        load("humaneval-c", data_dir=tmp_path / "none")
    with pytest.raises(DataError, match="the file is on no hub"):
        load("humaneval-c", data_dir=tmp_path)


def test_gzipped_files_and_limits(tmp_path: Path) -> None:
    path = tmp_path / "humaneval-x" / "humaneval_python.jsonl.gz"
    path.parent.mkdir()
    rows = [PYTHON_ROW | {"task_id": f"Python/{n}"} for n in range(5)]
    path.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))
    problems = load("humaneval-x-python", limit=2, data_dir=tmp_path)
    assert [p.task_id for p in problems] == ["Python/0", "Python/1"]
    with pytest.raises(ConfigError, match="limit is 0"):
        load("humaneval-x-python", limit=0, data_dir=tmp_path)


def test_the_data_variable_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "humaneval-x" / "humaneval_python.jsonl.gz", PYTHON_ROW)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    assert len(load("humaneval-x-python")) == 1


def test_the_quarantine_table_marks_problems(tmp_path: Path) -> None:
    row = {
        "task_id": "JavaScript/112",
        "prompt": "/* Do. */\nconst f = (s) => {\n",
        "canonical_solution": "  return s;\n}\n",
        "test": "console.assert(f(1) === 1)",
        "declaration": "const f = (s) => {\n",
    }
    [problem] = load(write(tmp_path / "mine.jsonl", row))
    assert problem.quarantine is not None
    assert "comma" in problem.quarantine


def test_the_digest_depends_on_tests_but_not_on_references(tmp_path: Path) -> None:
    [problem] = load(write(tmp_path / "mine.jsonl", PYTHON_ROW))
    base = benchmark_digest([problem])
    assert benchmark_digest([replace(problem, reference="    return 0\n")]) == base
    assert benchmark_digest([replace(problem, tests="assert half(2) == 1")]) != base
    assert benchmark_digest([replace(problem, task_id="Python/9")]) != base


@pytest.mark.parametrize("name", [n for n in BENCHMARKS if n.startswith("starter-")])
def test_the_starter_kit_needs_no_data_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    problems = load(name)
    assert len(problems) == BENCHMARKS[name].num_problems
    assert all(p.reference and p.broken and p.tests and p.group for p in problems)


def test_importing_benchmarks_imports_nothing_heavy() -> None:
    heavy = "{'ray', 'torch', 'datasets', 'pandas', 'huggingface_hub', 'transformers', 'numpy'}"
    code = f"import sys, codem_ray.benchmarks; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["humaneval-x-javascript", "humaneval-x-c++", "mceval-js"])
def test_the_suggested_benchmark_is_in_the_same_language(name: str) -> None:
    near = {"humaneval-x-javascript": "humaneval-x-js", "humaneval-x-c++": "humaneval-x-cpp"}
    with pytest.raises(ConfigError, match=f"did you mean '{near.get(name, 'mceval-javascript')}'"):
        find(name)
