"""How the tests of Java problems are mended."""

import pytest

from codem_ray.languages.java_source import library_imports, with_plain_results

PROMPT = "class Solution {\n    public List<Integer> f(List<Integer> a) {\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("s.f(a).equals(b)", "CodemPlain.of(s.f(a)).equals(b)"),
        ("new Solution().f(g(1, (2)))", "CodemPlain.of(new Solution().f(g(1, (2))))"),
        ("s.f(s.f(a))", "CodemPlain.of(s.f(CodemPlain.of(s.f(a))))"),
        ("s\n  .f(a)\n  .equals(b)", "CodemPlain.of(s\n  .f(a))\n  .equals(b)"),
        ("g(f(a), f(b))", "g(CodemPlain.of(f(a)), CodemPlain.of(f(b)))"),
        ('"s.f(1)" + s.f(")")', '"s.f(1)" + CodemPlain.of(s.f(")"))'),
        ("/* s.f(a) */ s.fg(a)", "/* s.f(a) */ s.fg(a)"),
        ("s.f(a", "s.f(a"),
    ],
)
def test_results_of_the_method_go_through_the_harness(call: str, expected: str) -> None:
    assert with_plain_results(call, PROMPT, "f") == expected


@pytest.mark.parametrize("result", ["void", "Node", "List<Node>", "T"])
def test_other_results_are_left_alone(result: str) -> None:
    prompt = f"class Solution {{ public {result} f(int a) {{"
    assert with_plain_results("s.f(a);", prompt, "f") == "s.f(a);"


def test_classes_of_the_library_are_imported_by_name() -> None:
    tests = 'List<Stack> a = Arrays.asList("Map", Math.abs(1)); // Set'
    made = library_imports(tests, ["import java.util.*;"], "class Stack {}")
    assert made == [
        "import codem.CodemPlain;",
        "import java.lang.Math;",
        "import java.util.Arrays;",
        "import java.util.List;",
    ]
    assert library_imports("List a;", ["import java.awt.List;"], "")[1:] == []
