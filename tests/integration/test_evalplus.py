"""HumanEval+, MBPP+ and MBPP are scored as in EvalPlus, with numpy for tests and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evalplus_rows import HUB_HUMANEVAL_PLUS, HUB_MBPP_PLUS, HUMANEVAL_PLUS, MBPP, MBPP_PLUS
from foreign_logs import write_lines

from codem_ray.cli.main import main

NUMPY_MEAN = """\
import numpy as np

def mean_distance(numbers):
    values = np.array(numbers)
    return np.mean(np.abs(values - values.mean()))
"""
ABOUT_MEAN = """\
def mean_distance(numbers):
    return round(sum(abs(x - sum(numbers) / len(numbers)) for x in numbers) / len(numbers), 3)
"""
SHARED = "def similar_elements(a, b):\n    return tuple(x for x in a if x in b)\n"
ONLY_TUPLES = (
    "def similar_elements(a, b):\n    return tuple(sorted(set(a) & set(b + ()), key=str))\n"
)
MERGED = "def similar_elements(a, b):\n    return tuple(a) + tuple(b)\n"


@pytest.mark.parametrize(
    ("problem", "right", "wrong"),
    [
        (HUMANEVAL_PLUS, [NUMPY_MEAN], [ABOUT_MEAN]),
        (HUB_HUMANEVAL_PLUS, [NUMPY_MEAN], ["def mean_distance(numbers):\n    return 0.5\n"]),
        (MBPP_PLUS, [SHARED, ONLY_TUPLES], [MERGED]),
        (HUB_MBPP_PLUS, [SHARED, ONLY_TUPLES], [MERGED]),
        (MBPP, [ONLY_TUPLES], [MERGED]),
    ],
    ids=["HumanEval+", "HumanEval+ of the hub", "MBPP+", "MBPP+ of the hub", "MBPP"],
)
def test_right_answers_pass_and_wrong_ones_fail(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    problem: dict[str, Any],
    right: list[str],
    wrong: list[str],
) -> None:
    benchmark = write_lines(tmp_path / "problems.jsonl", [problem])
    rows = [{"task_id": problem["task_id"], "solution": text} for text in (*right, *wrong)]
    mine = write_lines(tmp_path / "mine.jsonl", rows)
    options = ["--completions", str(mine), "--benchmark", str(benchmark), "--json"]
    # The reference gate runs the problem's own solution.
    assert main(["evaluate", *options, "--out", str(tmp_path / "scored.jsonl")]) == 0
    scored = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()]
    outcomes = [row["outcome"] for row in scored]
    expected = ["passed"] * len(right) + ["wrong_answer"] * len(wrong)
    assert outcomes == expected, [row["message"] for row in scored]
    capsys.readouterr()


def test_without_the_option_there_is_no_numpy(tmp_path: Path) -> None:
    plain = {
        **HUB_HUMANEVAL_PLUS,
        "test": "def check(candidate):\n    assert candidate([1.0]) == 0\n",
    }
    benchmark = write_lines(tmp_path / "problems.jsonl", [plain])
    mine = write_lines(tmp_path / "m.jsonl", [{"task_id": "HumanEval/4", "solution": NUMPY_MEAN}])
    options = ["--completions", str(mine), "--benchmark", str(benchmark)]
    assert main(["evaluate", *options, "--out", str(tmp_path / "scored.jsonl")]) == 0
    row = json.loads((tmp_path / "scored.jsonl").read_text())
    assert row["outcome"] != "passed"
    assert "No module named 'numpy'" in row["message"]


def test_problems_with_and_without_numpy_can_be_judged_together(tmp_path: Path) -> None:
    plain = "def check(candidate):\n    assert candidate([1.0, 2.0]) == 0.5\n"
    # Each process that judges gets several of them; equal programs would run once.
    problems = [
        {
            **HUB_HUMANEVAL_PLUS,
            "task_id": f"HumanEval/{number}",
            "test": HUB_HUMANEVAL_PLUS["test"] if number % 2 else plain,
        }
        for number in range(8)
    ]
    benchmark = write_lines(tmp_path / "problems.jsonl", problems)
    text = HUMANEVAL_PLUS["canonical_solution"]
    rows = [
        {"task_id": problem["task_id"], "completion": f"    a = {number}\n{text}"}
        for number, problem in enumerate(problems)
    ]
    mine = write_lines(tmp_path / "mine.jsonl", rows)
    out = tmp_path / "scored.jsonl"
    options = ["--completions", str(mine), "--benchmark", str(benchmark), "--no-cache"]
    assert main(["evaluate", *options, "--out", str(out)]) == 0
    scored = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["outcome"] for row in scored] == ["passed"] * len(problems)
