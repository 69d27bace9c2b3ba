"""The parts of a benchmark's context that a Python program gets."""

from __future__ import annotations

import pytest

from codem_ray.languages.python import assemble
from codem_ray.languages.spec import Unit
from codem_ray.records import Problem

CONTEXT = (
    "import math\nimport os.path as paths\nimport xml.dom\nfrom typing import Any, List\n"
    "from heapq import *\nLIMIT = len(string.digits)\nimport string\n"
)
ALWAYS = "from heapq import *\nLIMIT = len(string.digits)\nimport string\n"


def contexts(answer: str, tests: str = "", context: str = CONTEXT) -> tuple[str, str]:
    problem = Problem(
        benchmark="b",
        task_id="0",
        language="python",
        prompt="",
        instruction="",
        tests=tests,
        context=context,
    )
    files = assemble(Unit(name="u0", problem=problem, answer=answer))
    return files["answer/context.py"], files["judge/context.py"]


def test_unused_imports_are_left_out() -> None:
    assert contexts("def f(): return 1\n") == (ALWAYS, ALWAYS)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("math.pi", "import math\n"),
        ("paths.join", "import os.path as paths\n"),
        ("xml.dom.Node", "import xml.dom\n"),
        ("def f(x: List): ...", "from typing import List\n"),
        ("globals()['math']", "import math\n"),
    ],
)
def test_imports_used_by_an_answer_are_kept_for_the_answer_only(answer: str, line: str) -> None:
    answer_context, judge_context = contexts(answer)
    assert line in answer_context
    assert sorted(answer_context) == sorted(line + ALWAYS)
    assert judge_context == ALWAYS


def test_imports_used_by_tests_are_kept_for_answer_and_judge() -> None:
    answer_context, judge_context = contexts("def f(): ...", tests="assert math.isclose(f(), 1)")
    assert "import math\n" in answer_context
    assert "import math\n" in judge_context


def test_context_that_does_not_parse_is_unchanged() -> None:
    assert contexts("", context="import (\n") == ("import (\n", "import (\n")
