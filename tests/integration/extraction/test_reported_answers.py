"""Answers from public bug reports of other tools get their outcomes, in both prompt styles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from codem_ray.benchmarks import is_local, load
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.extraction.answers import extract_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.languages.versions import toolchain_versions
from codem_ray.records import Job, Outcome, PromptStyle

pytestmark = pytest.mark.toolchain
FILES = sorted((Path(__file__).parents[2] / "data" / "answers").glob("*.jsonl"))


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_of_bug_reports_get_their_outcomes(path: Path, executor: Executor) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    [benchmark] = {row["benchmark"] for row in rows}
    if not is_local(benchmark):
        pytest.skip(f"CODEM_RAY_DATA holds no {benchmark}")
    problems = {problem.task_id: problem for problem in load(benchmark)}
    [language] = {problem.language for problem in problems.values()}
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    cases = [(row, style) for row in rows for style in PromptStyle]
    jobs = []
    for row, style in cases:
        problem = problems[row["task_id"]]
        answer = extract_answer(problem, row["completion"], style)
        jobs.append(Job(problem=problem, answer=answer))
    wrong = {
        (row["label"], str(style)): (verdict.outcome, verdict.message[:200], job.answer)
        for (row, style), job, verdict in zip(cases, jobs, executor.execute(jobs), strict=True)
        if verdict.outcome is not expected(row)
    }
    assert not wrong


def expected(row: dict[str, str]) -> Outcome:
    if "needs" in row and go_version() < (1, 21):
        # The functions and packages of a newer Go do not exist here.
        return Outcome.COMPILE_ERROR
    return Outcome(row["expected"])


def go_version() -> tuple[int, ...]:
    text = toolchain_versions(LANGUAGES["go"])
    found = re.search(r"go(\d+)\.(\d+)", text)
    assert found is not None, text
    return int(found[1]), int(found[2])
