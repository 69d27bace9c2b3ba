"""Rewriting Java sources."""

import pytest

from codem_ray.languages.java_source import (
    library_imports,
    with_plain_results,
    without_package_and_public,
)

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
def test_results_of_the_entry_point_pass_through_the_harness(call: str, expected: str) -> None:
    assert with_plain_results(call, PROMPT, "f") == expected


@pytest.mark.parametrize("result", ["void", "Node", "List<Node>", "T"])
def test_other_results_are_unchanged(result: str) -> None:
    prompt = f"class Solution {{ public {result} f(int a) {{"
    assert with_plain_results("s.f(a);", prompt, "f") == "s.f(a);"


def test_library_classes_are_imported_by_name() -> None:
    tests = 'List<Stack> a = Arrays.asList("Map", Math.abs(1)); // Set'
    made = library_imports(tests, ["import java.util.*;"], "class Stack {}")
    assert made == [
        "import codem.CodemPlain;",
        "import java.lang.Math;",
        "import java.util.Arrays;",
        "import java.util.List;",
    ]
    assert library_imports("List a;", ["import java.awt.List;"], "")[1:] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("package a.b;\npublic class S { public int f; }", "\nclass S { public int f; }"),
        ("package a; import b.C;", " import b.C;"),
        ("final public class S {}", "final class S {}"),
        ('@A("public x") public class S {}', '@A("public x") class S {}'),
        ("/* public */ public class S {}", "/* public */ class S {}"),
        ("  public\n record R(int n) {}", "  \n record R(int n) {}"),
        ("public @A(1) class S {}", "@A(1) class S {}"),
        ("public int record(int n) { return n; }", "public int record(int n) { return n; }"),
        ("class S {}\npublic interface I {}", "class S {}\ninterface I {}"),
    ],
)
def test_package_clause_and_public_are_removed(source: str, expected: str) -> None:
    assert without_package_and_public(source) == expected


def test_text_blocks_are_unchanged() -> None:
    source = 'class S {\n  String t = """\npublic class X {}\npackage a;\n""";\n}\n'
    assert without_package_and_public(source) == source
