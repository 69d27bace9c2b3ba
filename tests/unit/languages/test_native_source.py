"""Reading C and C++ sources."""

import re
from pathlib import Path

import pytest

from codem_ray import execution
from codem_ray.languages.native_source import (
    MATH,
    ONLY_C,
    functions_of,
    has_plain_result,
    library_calls,
    parameter_types,
    split_after_includes,
    without_macros,
)


@pytest.mark.parametrize(
    "answer",
    [
        "#define strcmp(a, b) 0",
        "  #  define strcmp(a, b) 0",
        "%:define strcmp(a, b) 0",
        "#def\\\nine str\\\ncmp(a, b) 0",
        "#/* here */define/* too */strcmp(a, b) 0",
        'const char *a = "/*";\n#define strcmp(a, b) 0\nconst char *b = "*/";',
        "/* \\\n*/ #define strcmp(a, b) 0",
    ],
)
def test_macros_are_found_in_every_notation(answer: str) -> None:
    assert "#undef strcmp" in without_macros(answer, "", is_cpp=False)


def test_macros_of_the_benchmark_get_their_definition_back() -> None:
    supplied = "#define SIZE 5\n#define OTHER 1\n"
    lines = without_macros("#define SIZE 6\n#define NULL 0\n", supplied, is_cpp=False)
    assert lines == ["#undef SIZE", "#define SIZE 5", "#undef NULL", "#define NULL ((void *)0)"]


def test_answer_without_macros_changes_nothing() -> None:
    assert without_macros("int f(void) { return 1; } // #undefine", "", is_cpp=True) == []


def test_functions_of_tests_are_found_except_main() -> None:
    tests = (
        "#include <assert.h>\nbool issame(vector<int> a,vector<int>b){\n    if (a != b) {}\n}\n"
        "static int *made (int n) {\n}\nint main(){\n    assert (f(1) == 2);\n}\n"
    )
    assert functions_of(tests) == ["issame", "made"]


@pytest.mark.parametrize(
    ("prompt", "tests", "expected"),
    [
        ("vector<int> f(vector<int> a){", "assert (f({1}) == b);", True),
        ("/* Point f(int) */\nstring f(int n){", "", True),
        ("void f(int n){", "", False),
        ("Point f(int n){", "", False),
        ("int f(int n){", "Solution s; s.f(1);", False),
        ("", "", False),
    ],
)
def test_only_results_of_plain_types_are_checked(prompt: str, tests: str, expected: bool) -> None:
    assert has_plain_result(prompt, "f", tests) is expected


def test_macro_that_an_answer_undefines_is_defined_again() -> None:
    answer = "#undef INT_MAX\n#undef true\nconst int INT_MAX = 7;\n"
    assert "#define INT_MAX __INT_MAX__" in without_macros(answer, "", is_cpp=True)
    assert "#define true 1" in without_macros(answer, "", is_cpp=False)
    assert "#define true 1" not in without_macros(answer, "", is_cpp=True)


def test_functions_of_the_benchmark_are_not_library_calls() -> None:
    tests = (
        "int floor(int x) {\n  return x;\n}\nint main() { a.pow(2); round(1); exp(2); floor(3); }"
    )
    assert library_calls(tests, "double exp(double x);", "", known=MATH) == ["round"]
    assert library_calls("int main() { round(1); }", "", "round", known=MATH) == []
    assert library_calls("// round(1)\nint main() {}", "", "", known=MATH) == []


def test_tests_are_split_after_their_last_header() -> None:
    assert split_after_includes("#include <a>\nint x;\n#include <b>\nint y;\n") == (
        "#include <a>\nint x;\n#include <b>\n",
        "int y;\n",
    )
    assert split_after_includes("int y;\n") == ("", "int y;\n")


def test_harness_declares_every_library_function() -> None:
    harness = Path(execution.__file__).parent / "harness" / "codem_library.h"
    found = re.findall(
        r"^CODEM_(?:OF_\w+|FORWARD)\((?:[\w *]+, )?(\w+)[,)]", harness.read_text(), re.MULTILINE
    )
    assert found == [*MATH, *ONLY_C]


@pytest.mark.parametrize(
    ("prompt", "types"),
    [
        ("int strlen(string str){", ["string"]),
        (
            "int index(const std::vector<int>& v, map<int, string> m) {",
            ["std::vector<int>", "map<int, string>"],
        ),
        ("int strlen(const char *s) {", []),
        ("// int strlen(string s) {\n", []),
    ],
)
def test_plain_parameter_types_of_a_prompt(prompt: str, types: list[str]) -> None:
    entry = "index" if "index" in prompt else "strlen"
    assert parameter_types(prompt, entry) == types
