"""Which problem of a benchmark a completion is for, by the id that its file gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.benchmarks import BENCHMARKS, find, resolve
from codem_ray.errors import ConfigError
from codem_ray.scoring.completion_files import Written
from codem_ray.scoring.score_file import Benchmark

_, PROBLEMS = resolve("starter-python")


def test_a_common_id_is_understood_whatever_the_benchmarks_own_ids() -> None:
    problems = [
        replace(PROBLEMS[0], task_id="HumanEval_7_name", common_id="HumanEval/7"),
        replace(PROBLEMS[1], task_id="HumanEval_8_other", common_id="HumanEval/8"),
    ]
    benchmark = Benchmark.of(BENCHMARKS["multipl-e-ts"], problems)
    assert benchmark.find(Written(where="", text="", names=("HumanEval/8",))) == problems[1]
    assert benchmark.find(Written(where="", text="", names=("HumanEval/9",))) is None


def test_ids_of_another_language_name_its_benchmark() -> None:
    problems = [replace(PROBLEMS[0], benchmark="humaneval-x-python", task_id="Python/0")]
    benchmark = Benchmark.of(BENCHMARKS["humaneval-x-python"], problems)
    hint = benchmark.hint(Written(where="", text="", names=("Java/0",)))
    assert "--benchmark humaneval-x-java" in hint
    assert "--benchmark" not in benchmark.hint(Written(where="", text="", names=("Python/9",)))


def test_a_familys_name_offers_its_problems_in_python_first() -> None:
    with pytest.raises(ConfigError, match="did you mean 'humaneval-x-python' or"):
        find("humaneval")
