"""What stands between an answer in C or C++ and its tests."""

import pytest

from codem_ray.languages.native_source import functions_of, returns_value, without_macros


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
def test_macros_are_found_however_they_are_written(answer: str) -> None:
    assert "#undef strcmp" in without_macros(answer, "", is_cpp=False)


def test_macros_of_the_benchmark_are_defined_again_as_it_does() -> None:
    given = "#define SIZE 5\n#define OTHER 1\n"
    lines = without_macros("#define SIZE 6\n#define NULL 0\n", given, is_cpp=False)
    assert lines == ["#undef SIZE", "#define SIZE 5", "#undef NULL", "#define NULL 0"]


def test_an_answer_without_macros_changes_nothing() -> None:
    assert without_macros("int f(void) { return 1; } // #undefine", "", is_cpp=True) == []


def test_functions_of_the_tests_are_found_but_for_main() -> None:
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
def test_only_results_of_plain_types_are_looked_at(prompt: str, tests: str, expected: bool) -> None:
    assert returns_value(prompt, "f", tests) is expected
