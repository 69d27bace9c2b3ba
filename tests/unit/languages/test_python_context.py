"""What of a benchmark's context a Python program is given."""

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


def test_imports_that_nothing_names_are_left_out() -> None:
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
def test_imports_that_an_answer_names_are_kept_for_it_alone(answer: str, line: str) -> None:
    own, judge = contexts(answer)
    assert line in own
    assert sorted(own) == sorted(line + ALWAYS)
    assert judge == ALWAYS


def test_names_of_the_tests_are_kept_on_both_sides() -> None:
    own, judge = contexts("def f(): ...", tests="assert math.isclose(f(), 1)")
    assert "import math\n" in own
    assert "import math\n" in judge


def test_a_context_that_is_no_module_stays_as_it_is() -> None:
    assert contexts("", context="import (\n") == ("import (\n", "import (\n")
