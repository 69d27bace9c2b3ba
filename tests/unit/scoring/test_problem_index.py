"""Problems are found by the ids in files of completions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.benchmarks import BENCHMARKS, find, resolve
from codem_ray.errors import ConfigError
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.problem_index import ProblemIndex

_, PROBLEMS = resolve("starter-python")


def completion(task_id: str) -> WrittenCompletion:
    return WrittenCompletion(location="", text="", possible_ids=(task_id,))


def test_common_ids_are_found_in_benchmarks_with_other_ids() -> None:
    problems = [
        replace(PROBLEMS[0], task_id="HumanEval_7_name", common_id="HumanEval/7"),
        replace(PROBLEMS[1], task_id="HumanEval_8_other", common_id="HumanEval/8"),
    ]
    benchmark = ProblemIndex(BENCHMARKS["multipl-e-ts"], problems)
    assert benchmark.find(completion("HumanEval/8")) == problems[1]
    assert benchmark.find(completion("HumanEval/9")) is None


def test_ids_of_another_language_suggest_its_benchmark() -> None:
    problems = [replace(PROBLEMS[0], benchmark="humaneval-x-python", task_id="Python/0")]
    benchmark = ProblemIndex(BENCHMARKS["humaneval-x-python"], problems)
    hint = benchmark.suggest(completion("Java/0"))
    assert "--benchmark humaneval-x-java" in hint
    assert "--benchmark" not in benchmark.suggest(completion("Python/9"))


def test_name_of_a_benchmark_family_suggests_python_first() -> None:
    with pytest.raises(ConfigError, match="did you mean 'humaneval-x-python' or"):
        find("humaneval")


@pytest.mark.parametrize(
    ("task_id", "expected"),
    [
        ("HumanEval/7", 0),
        ("HumanEval_7", 0),
        ("run3-HumanEval-7-sample-1", 0),
        ("python_8", 1),
        ("8", 1),
        ("HumanEval/77", None),
        ("Java/7", None),
        ("HumanEval/7 or HumanEval/8", None),
        ("request-7", None),
    ],
)
def test_ids_inside_other_text_are_found_if_they_are_clear(
    task_id: str, expected: int | None
) -> None:
    problems = [replace(PROBLEMS[0], task_id=f"Python/{number}") for number in (7, 8)]
    benchmark = ProblemIndex(BENCHMARKS["humaneval-x-python"], problems)
    found = benchmark.find(completion(task_id))
    assert found == (None if expected is None else problems[expected])


def test_completions_in_another_language_belong_to_no_problem() -> None:
    benchmark = ProblemIndex(BENCHMARKS["humaneval-x-python"], PROBLEMS)
    java = replace(completion(PROBLEMS[0].task_id), language="java")
    assert benchmark.find(java) is None
    assert "is in java, but" in benchmark.describe_missing(java)
