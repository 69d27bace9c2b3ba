"""Bodies of functions, which continue a prompt, become programs."""

from __future__ import annotations

import pytest
from toy_problems import (
    COMPLETION,
    GO,
    INSTRUCTION,
    JAVA,
    JS,
    PROGRAM,
    PY,
    TS,
    C,
    problem,
)

from codem_ray.extraction.answers import extract_answer, stop_strings
from codem_ray.languages.source_code import mask


@pytest.mark.parametrize(
    "body",
    [
        "return a + b",
        "total = a + b\n    return total\n",
        "total = a + b\nreturn total\n",
        "for i in range(b):\n    a += 1\nreturn a\n",
        "for i in range(b):\n        a += 1\n    return a\n",
    ],
)
def test_lost_indentation_of_python_bodies_is_restored(body: str) -> None:
    names: dict[str, object] = {}
    exec(extract_answer(PY, body, COMPLETION) or "", names)
    assert names["add"](2, 3) == 5  # type: ignore[operator]


def test_python_strings_and_brackets_in_column_0_do_not_end_a_body() -> None:
    body = '    text = """\nx = 1\n"""\n    return (\na + b\n)\n'
    answer = extract_answer(PY, body + "\n\nx = 5\n", COMPLETION) or ""
    names: dict[str, object] = {}
    exec(answer, names)
    assert names["add"](2, 3) == 5  # type: ignore[operator]
    assert "x = 5" not in answer


def test_a_helper_that_the_body_uses_is_kept() -> None:
    text = (
        "    return helper(a) + b\n\n\ndef helper(x):\n    return x\n\n\n"
        "def unused():\n    return 2\n"
    )
    answer = extract_answer(PY, text, COMPLETION) or ""
    assert "def helper" in answer
    assert "unused" not in answer
    go = "    return helper(a)\n}\n\nfunc helper(x int) int {\n    return x\n}\n"
    assert "func helper" in (extract_answer(GO, go, COMPLETION) or "")


def test_braces_in_strings_and_comments_do_not_end_a_function() -> None:
    body = (
        '  // a } here\n  /* and } here */\n  const t = "}" + \'}\' + `}${"}"}`;\n'
        "  const r = /[}/]}/;\n  return a + b;\n}\n"
    )
    answer = extract_answer(JS, body + "\nfoo();\n", COMPLETION) or ""
    assert answer.rstrip().endswith("return a + b;\n}")


@pytest.mark.parametrize(
    "change", [("\n", "\r"), ("    ", "\xa0\xa0\xa0\xa0")], ids=["line ends", "hard spaces"]
)
def test_unusual_blanks_are_normalised(change: tuple[str, str]) -> None:
    assert extract_answer(PY, PROGRAM.replace(*change), COMPLETION) == PROGRAM


def test_stop_strings_of_the_benchmark_cut_the_answer() -> None:
    answer = extract_answer(TS, "  return a + b;\n}\n\n// Next.\nfunction x() {\n", COMPLETION)
    assert answer is not None
    assert "Next" not in answer


def test_an_open_java_class_is_closed() -> None:
    text = "        return a + b;\n    }\n\n    public int more(int x) {\n        return"
    answer = extract_answer(JAVA, text, COMPLETION) or ""
    masked = mask(answer, "java")
    assert masked.count("{") == masked.count("}")
    assert "more" not in answer


def test_java_helper_methods_after_the_answer_stay_in_the_class() -> None:
    text = "        return f(a);\n    }\n\n    int f(int x) {\n        return x;\n    }\n}\n"
    assert "int f(int x)" in (extract_answer(JAVA, text, COMPLETION) or "")


def test_a_bare_body_as_answer_to_an_instruction_is_joined_to_the_prompt() -> None:
    answer = extract_answer(C, "```c\nint sum = a + b;\nreturn sum;\n}\n```", INSTRUCTION) or ""
    assert answer.startswith(C.prompt)


def test_a_truncated_body_is_kept_as_it_is() -> None:
    answer = extract_answer(C, "    for (int i = 0; i < a; i++) {\n        b", COMPLETION) or ""
    assert answer.endswith("b")


def test_windows_line_ends_are_normalised() -> None:
    answer = extract_answer(PY, "    x = a\r\n    return x + b\r\n\r\nprint(1)\r\n", COMPLETION)
    assert answer == PY.prompt + "    x = a\n    return x + b\n"


def test_stop_strings_of_the_benchmark_come_first_and_none_cuts_a_fenced_answer() -> None:
    stops = stop_strings(TS, COMPLETION)
    assert stops[: len(TS.stop)] == TS.stop
    assert len(stops) == len(set(stops))
    assert not any("```" in stop for stop in stop_strings(TS, INSTRUCTION))


def test_tabs_of_indentation_become_spaces_but_tabs_in_strings_stay() -> None:
    asked = problem("python", 'def add(a, b):\n    """ Add. """\n')
    answer = extract_answer(asked, '\tt = """x\n\ty"""\n\tif a:\n\t\treturn t\n', COMPLETION) or ""
    names: dict[str, object] = {}
    exec(answer, names)
    assert names["add"](1, 2) == "x\n\ty"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ("K = 2\n", True),
        ("K = [1,\n     -2.5e3, None]\n", True),
        ("import m as K\n", True),
        ("from m import (a as b, K)\n", True),
        ("import m\n\n@m.cache\ndef K():\n    return 1\n", True),
        ("K = add(1, 2)\n", False),
        ("K = other\n", False),
        ("K = [1,\n", False),
        ("J = 2\n", False),
        ("print(K)\n", False),
    ],
)
def test_later_statements_that_a_body_needs_are_kept(later: str, kept: bool) -> None:
    made = extract_answer(PY, f"    return a + b + K\n\n\n{later}", COMPLETION) or ""
    assert (later.strip() in made.replace("\n\n@", "\n@").replace("\n@", "\n\n@")) is kept
