"""Published HTML problems: which pages pass, with and without a browser."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import page_changes
import pytest

from codem_ray.benchmarks import DATA_VARIABLE, load
from codem_ray.errors import EnvironmentLackError
from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import LANGUAGES, toolchain
from codem_ray.languages.toolchain import missing_browser, missing_toolchains
from codem_ray.records import Job, Outcome, Problem
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.scoring.gate import validate_benchmark

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} does not name a data folder"
    ),
]
HTML = LANGUAGES["html"]


@pytest.fixture(scope="module")
def executor() -> Executor:
    if missing := missing_toolchains([HTML]):
        pytest.skip("; ".join(map(str, missing)))
    try:
        return Executor(open_sandbox("bubblewrap"), num_threads=2, uses_cache=False)
    except EnvironmentLackError as error:
        pytest.skip(f"no sandbox here: {error}")


def outcomes(executor: Executor, answers: list[tuple[Problem, str]]) -> Counter[Outcome]:
    verdicts = executor.execute(
        [Job(problem=problem, answer=whole_answer(problem, text)) for problem, text in answers]
    )
    return Counter(verdict.outcome for verdict in verdicts)


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    search = toolchain._search
    monkeypatch.setattr(
        toolchain, "_search", lambda tool: None if tool == "chromium" else search(tool)
    )


@pytest.mark.browser
@pytest.mark.slow
def test_unsolved_challenges_fail_and_all_references_pass(executor: Executor) -> None:
    if (missing := missing_browser(HTML)) is not None:
        pytest.skip(str(missing))
    problems = load("freecodecamp-html")
    assert len(problems) == 184
    assert sum(len(json.loads(p.tests)["scripts"]) for p in problems) == 494
    seeds = [(problem, page) for problem in problems for page in problem.broken]
    assert outcomes(executor, seeds) == {Outcome.WRONG_ANSWER: 184}
    report = validate_benchmark(problems, lambda jobs: executor.execute(jobs))
    report.raise_if_failed()
    assert (report.references_passed, report.controls_failed) == (51, 184)


def test_without_a_browser_layout_problems_are_not_run(
    executor: Executor, no_browser: None
) -> None:
    problems = load("freecodecamp-html")
    report = validate_benchmark(problems, lambda jobs: executor.execute(jobs))
    report.raise_if_failed()
    assert report.references_passed == 51
    assert (report.controls_failed, report.controls_absent) == (103, 81)
    assert not report.controls_passed


def test_the_page_is_the_value_that_a_published_solution_assigns(executor: Executor) -> None:
    # Read as pages, with the escapes of a JavaScript string in them, four fail.
    raw = {
        f"{challenge['id']}": challenge["solutions"][0]
        for file in Path(os.environ[DATA_VARIABLE], "freecodecamp-html").glob("*.json")
        for challenge in json.loads(file.read_text())["challenges"]
        if challenge.get("solutions") and challenge.get("files")
    }
    problems = {p.task_id.rpartition("/")[2]: p for p in load("freecodecamp-html")}
    answers = [(problems[name], text) for name, text in raw.items()]
    assert outcomes(executor, answers) == {Outcome.PASSED: 47, Outcome.WRONG_ANSWER: 4}


SAME: dict[str, Callable[[str], str]] = {
    "as published": lambda page: page,
    "other white space": page_changes.with_other_white_space,
    "attributes in another order": page_changes.with_attributes_reversed,
    "html and body added": page_changes.with_html_and_body,
}
OTHER: dict[str, Callable[[str], Iterator[str]]] = {
    "one element deleted": page_changes.with_one_element_deleted,
    "one text changed": page_changes.with_one_text_changed,
    "one attribute changed": page_changes.with_one_attribute_changed,
}


def references() -> list[tuple[Problem, str]]:
    return [(problem, problem.reference or "") for problem in load("mceval-html")]


@pytest.mark.parametrize("change", SAME)
def test_a_page_with_the_same_meaning_passes(executor: Executor, change: str) -> None:
    answers = [(problem, SAME[change](page)) for problem, page in references()]
    if change != "as published":
        num_changed = sum(
            new != old for (_, new), (_, old) in zip(answers, references(), strict=True)
        )
        assert num_changed >= (1 if "attributes" in change else 50)
    assert outcomes(executor, answers) == {Outcome.PASSED: 50}


@pytest.mark.parametrize("change", OTHER)
def test_a_page_with_one_thing_changed_fails(executor: Executor, change: str) -> None:
    answers = [(problem, page) for problem, old in references() for page in OTHER[change](old)]
    # One reference is plain text, so it has no element to delete.
    assert len({problem.task_id for problem, _ in answers}) >= 49
    assert outcomes(executor, answers) == {Outcome.WRONG_ANSWER: len(answers)}
