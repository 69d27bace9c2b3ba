"""Programs get the imports and helpers of the benchmark that they lack."""

from __future__ import annotations

import dataclasses

from toy_problems import (
    COMPLETION,
    GO,
    INSTRUCTION,
    PY,
    problem,
    squeezed,
)

from codem_ray.extraction.answers import extract_answer


def test_python_gets_missing_imports_that_it_uses() -> None:
    text = "def add(a: List[int], b):\n    return math.floor(a[0] + b)\n"
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    assert "import math\n" in answer
    assert "from typing import List\n" in answer
    assert "Tuple" not in answer


def test_python_keeps_a_future_import_first() -> None:
    text = "from __future__ import annotations\n\ndef add(a, b):\n    return math.floor(a + b)\n"
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    compile(answer, "answer", "exec")
    assert "import math" in answer


def test_supplied_helpers_are_added_only_if_missing() -> None:
    asked = problem(
        "javascript",
        "/* Twice. */\nconst twice = (x) => {\n  return 2 * x;\n}\n"
        "/* Add. */\nconst add = (a) => {\n",
    )
    whole = "const add = (a) => {\n  return twice(a);\n}"
    lacking = extract_answer(asked, whole, INSTRUCTION) or ""
    assert lacking.count("const twice") == 1
    continued = extract_answer(asked, "  return twice(a);\n}", COMPLETION) or ""
    assert continued.count("const twice") == 1


def test_go_gets_supplied_imports_that_it_uses() -> None:
    unused = extract_answer(GO, "    return a + b\n}\n", COMPLETION) or ""
    assert "import" not in unused
    used = extract_answer(GO, "    return int(math.Abs(1)) + len(fmt.Sprint(a))\n}\n", COMPLETION)
    assert '"fmt"' in (used or "")
    assert '"math"' in (used or "")


def test_tests_call_the_helper_of_the_prompt_and_the_answer_its_own() -> None:
    prompt = "func twice(a int) int {\n    return 2 * a\n}\n\nfunc half(a int) int {\n"
    asked = dataclasses.replace(
        problem("go", prompt, entry="half"), tests="func TestHalf(t *testing.T) { half(twice(1)) }"
    )
    text = "func twice(b int) int { return b }\nfunc half(a int) int { return twice(a) }\n"
    answer = squeezed(extract_answer(asked, text, INSTRUCTION))
    assert "functwice(aint)int{return2*a}" in answer
    assert "functwice_of_answer(bint)int{returnb}" in answer
    assert "returntwice_of_answer(a)" in answer


def test_a_helper_that_an_answer_repeats_keeps_its_name() -> None:
    prompt = "func twice(a int) int {\n    return 2 * a\n}\n\nfunc half(a int) int {\n"
    asked = dataclasses.replace(problem("go", prompt, entry="half"), tests="half(twice(1))")
    answer = str(extract_answer(asked, prompt + "\treturn a / 2 // no helper\n}\n", INSTRUCTION))
    assert answer.count("func twice(") == 1
    assert "of_answer" not in answer


def test_types_of_the_prompt_are_shared_by_answer_and_tests() -> None:
    prompt = "type item struct {\n\tn int\n}\n\nfunc first(a []item) int {\n"
    asked = dataclasses.replace(problem("go", prompt, entry="first"), tests="first([]item{{1}})")
    text = "type item struct{ n int }\nfunc first(a []item) int { return a[0].n }\n"
    assert "of_answer" not in str(extract_answer(asked, text, INSTRUCTION))
