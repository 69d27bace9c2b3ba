"""A program takes what it lacks from the other fenced blocks of its language."""

from __future__ import annotations

import pytest
from toy_problems import (
    INSTRUCTION,
    PY,
    problem,
)

from codem_ray.extraction.answers import extract_answer


def fenced(*bodies: str, tag: str = "python") -> str:
    return "".join(f"Text:\n\n```{tag}\n{body}\n```\n\n" for body in bodies)


USES = "def add(a, b):\n    return math2.total(plus(a), b) + BASE"


@pytest.mark.parametrize(
    ("bodies", "joined"),
    [
        (("import math2", "def plus(a):\n    return a", "BASE = -1", USES), 3),
        ((USES, "from m import x as math2\nBASE: int = 2\n\n# Comment.\n@d\ndef plus(a): pass"), 3),
        (("import math2\nimport os\n\ndef unused(): pass", USES), 1),
        # A block that does something shows how the answer is used.
        ((USES, "import math2\nprint(add(1, 2))"), 0),
        ((USES, "def plus(a):\n    return a\n\nassert add(1, 2) == 3"), 0),
        ((USES, "base = 2\nBASE = base"), 0),
        ((USES, "def test_add():\n    assert add(1, 2) == 3"), 0),
        ((USES, "BASE = 3\n\ndef add(a, b):\n    return BASE"), 0),
    ],
)
def test_missing_definitions_are_taken_from_other_fences(
    bodies: tuple[str, ...], joined: int
) -> None:
    made = extract_answer(PY, fenced(*bodies), INSTRUCTION) or ""
    assert made.endswith(f"{USES}\n")
    added = ("import math2", "from m import x as math2", "def plus", "BASE =", "BASE: int")
    assert sum(made.removesuffix(f"{USES}\n").count(one) for one in added) == joined
    assert "unused" not in made


def test_fences_of_another_language_are_not_used() -> None:
    text = fenced("BASE = 1", tag="text") + fenced("def add(a, b):\n    return a + b + BASE")
    assert "BASE = 1" not in (extract_answer(PY, text, INSTRUCTION) or "")


def test_helpers_of_the_prompt_and_builtins_are_not_missing() -> None:
    asked = problem("python", "def half(n):\n    return n / 2\n\n\ndef add(a, b):\n")
    text = fenced("def half(n):\n    return 0\n\ndef sum(x):\n    return 1")
    answer = "def add(a, b):\n    return half(sum([a, b]))"
    made = extract_answer(asked, text + fenced(answer), INSTRUCTION) or ""
    assert "return 0" not in made
    assert "return 1" not in made


def test_a_future_import_stays_first() -> None:
    text = fenced("import math2", "from __future__ import annotations\n" + USES)
    made = extract_answer(PY, text, INSTRUCTION) or ""
    assert made.startswith("from __future__ import annotations\nimport math2\n")


def test_headers_in_a_block_of_their_own_belong_to_the_program() -> None:
    asked = problem("cpp", "#include <vector>\nint add(int a, int b) {\n")
    function = "int add(int a, int b) {\n    return std::vector<int>{a + b}[0];\n}\n"
    blocks = f"```cpp\n#include <vector>\nusing namespace std;\n```\n\n```cpp\n{function}```\n"
    answer = extract_answer(asked, blocks, INSTRUCTION)
    assert answer is not None
    assert answer.startswith("#include <vector>\n")
    assert "using namespace std;" in answer
    assert answer.endswith(function)
