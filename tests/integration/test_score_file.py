"""Completions that were made elsewhere are scored without torch or Ray."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.benchmarks import load
from codem_ray.errors import ExitCode

pytestmark = pytest.mark.toolchain


def score(folder: Path, rows: list[dict[str, str]]) -> subprocess.CompletedProcess[str]:
    file = folder / "mine.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code = (
        "import sys\nfrom codem_ray.cli.main import main\ncode = main(sys.argv[1:])\n"
        "heavy = {'torch', 'ray', 'transformers', 'mlflow'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    arguments = ["--completions", str(file), "--benchmark", "starter-c"]
    out = str(folder / "scored.jsonl")
    return subprocess.run(
        [sys.executable, "-c", code, "evaluate", *arguments, "--out", out, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_bodies_and_whole_answers_are_judged_and_written_back(tmp_path: Path) -> None:
    first, second, third = load("starter-c", limit=3)
    rows = [
        {"task_id": first.task_id, "completion": first.reference or ""},
        {"task_id": second.task_id, "completion": second.broken[0]},
        {"task_id": third.task_id, "completion": f"```c\n{third.prompt}{third.reference}```"},
    ]
    done = score(tmp_path, rows)
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    result = json.loads(done.stdout)
    assert (result["problems"], result["unanswered"]) == (3, 22)
    assert result["pass_at_1"] == pytest.approx(2 / 3)
    written = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()]
    assert [row["outcome"] for row in written] == ["passed", "wrong_answer", "passed"]
    assert [row["completion"] for row in written] == [row["completion"] for row in rows]


def test_a_problem_that_the_benchmark_lacks_is_named(tmp_path: Path) -> None:
    done = score(tmp_path, [{"task_id": "starter-c/999", "completion": ""}])
    assert done.returncode == ExitCode.CONFIG
    assert "line 1" in done.stderr
    assert "starter-c/999" in done.stderr
