"""A C or C++ function that ends without its value fails, whatever value its caller gets."""

from __future__ import annotations

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain
TESTS = "#include <assert.h>\nint main() { assert(twice(2) == 4); assert(twice(-3) == -6); }\n"
ANSWERS = {
    "int twice(int n) {\n    int result = 2 * n;\n}\n": Outcome.RUNTIME_ERROR,
    "int twice(int n) {\n    if (n != 7) return 2 * n;\n}\n": Outcome.PASSED,
    "int half;\nint set(int n) {\n    half = n;\n}\n"
    "int twice(int n) {\n    while (1) return 2 * n;\n}\n": Outcome.PASSED,
}


@pytest.mark.parametrize("name", ["c", "cpp"])
def test_a_function_that_ends_without_its_value_fails(name: str) -> None:
    spec = LANGUAGES[name]
    if missing := missing_toolchains([spec]):
        pytest.skip("; ".join(map(str, missing)))
    problem = Problem(
        benchmark="unit",
        task_id="0",
        language=name,
        prompt="",
        instruction="",
        entry_point="twice",
        tests=TESTS,
    )
    jobs = [Job(problem=problem, answer=answer) for answer in ANSWERS]
    verdicts = Executor(open_sandbox("bubblewrap")).execute(jobs)
    assert [verdict.outcome for verdict in verdicts] == list(ANSWERS.values()), verdicts
