"""Mutations change code, never comments or strings, and always the same way."""

from __future__ import annotations

import pytest

from codem_ray.scoring.mutations import mutants


def changes(text: str, language: str, name: str) -> list[str]:
    return [m.after for m in mutants(text, language) if m.name == name]


@pytest.mark.parametrize(
    ("language", "text", "name", "after"),
    [
        ("python", "    if a < b:\n", "comparison", "if a >= b:"),
        ("python", "    if a and b:\n", "and-or", "if a or b:"),
        ("python", "    while x:\n", "negated-condition", "while not (x):"),
        ("python", "    return 5\n", "constant-return", "return 46"),
        ("python", "    return True\n", "constant-return", "return False"),
        ("python", "    x.append(1)\n", "dropped-statement", "pass"),
        ("c", "    if (f(a) == 0) {\n", "negated-condition", "if (!(f(a) == 0)) {"),
        ("c", "    return a + b;\n", "arithmetic", "return a - b;"),
        ("java", "    x += 2;\n", "dropped-statement", ""),
        ("javascript", "  return a === b;\n", "comparison", "return a !== b;"),
        ("typescript", "  return a || b;\n", "and-or", "return a && b;"),
        ("go", "    if n > 3 {\n", "negated-condition", "if !(n > 3) {"),
        ("cpp", "    int n=0;\n", "off-by-one", "int n=1;"),
    ],
)
def test_each_mutation_does_what_its_name_says(
    language: str, text: str, name: str, after: str
) -> None:
    assert after in changes(text, language, name)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", '    # if a < 1 and b: x += 1\n    s = "1 < 2 and 3"\n'),
        ("c", '    // a < 1 && b\n    /* return 5; */ puts("1 < 2 && 3");\n'),
        ("javascript", "  // 1 < 2\n  f(`${1 < 2} && 3`);\n"),
    ],
)
def test_comments_and_strings_stay_unchanged(language: str, text: str) -> None:
    assert mutants(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cpp", "    vector<int> v;\n"),
        ("java", "    List<Integer> v = f();\n"),
        ("typescript", "  const v: Array<number> = f();\n"),
        ("go", "    ch <- v\n"),
        ("javascript", "  const f = (x) => g(x);\n"),
        ("cpp", "    p->next->go();\n"),
    ],
)
def test_angle_brackets_that_do_not_compare_stay_unchanged(language: str, text: str) -> None:
    assert changes(text, language, "comparison") == []


def test_first_mutants_are_of_different_kinds() -> None:
    text = "    if a < b and c < d:\n        return 1\n    return 2\n"
    names = [m.name for m in mutants(text, "python", limit=4)]
    assert len(set(names)) == 4


def test_mutants_are_deterministic_and_differ_from_the_solution() -> None:
    text = "    if a < 3:\n        a += 1\n    return a == 1\n"
    first = mutants(text, "python")
    assert first == mutants(text, "python")
    assert len({m.text for m in first} | {text}) == len(first) + 1
    assert all(m.before != m.after for m in first)


def test_pages_lose_a_text_or_a_tag() -> None:
    texts = {m.text for m in mutants("<body>\n<h1>Title</h1>\n</body>", "html")}
    assert texts == {"<body>\n<h1>mutated</h1>\n</body>", "<body>\n<span>Title</span>\n</body>"}
