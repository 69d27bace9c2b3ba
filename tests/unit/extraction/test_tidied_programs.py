"""Examples, main functions and tests leave a program; all that the answer needs stays."""

from __future__ import annotations

import pytest
from toy_problems import (
    CPP,
    GO,
    INSTRUCTION,
    JAVA,
    JS,
    PROGRAM,
    PY,
    C,
    squeezed,
)

from codem_ray.extraction.answers import extract_answer
from codem_ray.records import Problem


def test_python_loses_its_main_guard_and_example_calls() -> None:
    text = (
        "def add(a, b):\n    return a + b\n\nresult = add(1, 2)\nprint(result)\n"
        "if __name__ == '__main__':\n    print(add(2, 3))\n"
    )
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    assert "result" not in answer
    assert "if __name__" not in answer


def test_javascript_exports_are_removed() -> None:
    text = (
        "```js\nexport function add(a, b) {\n  return a + b;\n}\n\nmodule.exports = { add };\n"
        "console.log(add(1, 2));\n```"
    )
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == "functionadd(a,b){returna+b;}"


@pytest.mark.parametrize("target", ["exports.add", "module.exports.add", "module.exports"])
def test_a_function_that_javascript_exports_is_the_answer(target: str) -> None:
    text = f"```js\n{target} = function add(a, b) {{\n  return a + b;\n}};\n```"
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == (
        "constadd=functionadd(a,b){returna+b;};"
    )


def test_java_constructors_that_the_tests_call_are_not_private() -> None:
    text = (
        "class Adder {\n  private Adder() {}\n  static int add(int a, int b) { return a + b; }\n}\n"
    )
    assert "{Solution(){}" in squeezed(extract_answer(JAVA, text, INSTRUCTION))


def test_a_build_constraint_of_go_is_removed() -> None:
    text = "//go:build !ignore\n\npackage main\n\nfunc add(a int, b int) int { return a + b }\n"
    assert "go:build" not in str(extract_answer(GO, text, INSTRUCTION))


@pytest.mark.parametrize(
    ("include", "test"),
    [("gtest/gtest.h", "TEST(Add, Two)"), ("catch2/catch.hpp", 'TEST_CASE("Two")')],
)
def test_tests_of_cpp_libraries_are_removed(include: str, test: str) -> None:
    program = "int add(int a, int b) { return a + b; }\n"
    text = f"#include <{include}>\n{program}{test} {{ add(1, 1); }}\n"
    answer = extract_answer(CPP, text, INSTRUCTION)
    assert squeezed(answer) == squeezed(program)


@pytest.mark.parametrize(
    "statement",
    [
        "args = parser.parse_args()",
        "first = int(sys.argv[1])",
        "seconds = timeit.timeit(lambda: add(1, 2), number=10**9)",
    ],
)
def test_python_loses_statements_that_need_arguments_or_measure_time(statement: str) -> None:
    assert extract_answer(PY, f"{PROGRAM}\n{statement}\n", INSTRUCTION) == f"{PROGRAM}\n"


@pytest.mark.parametrize(
    ("asked", "helper"),
    [
        (PY, "def half(a):\n    print(a)\n    return a / 2\n"),
        (PY, "@cache\ndef half(a):\n    assert a > 0\n    return a / 2\n"),
        (JS, "function half(a) {\n  console.log(a);\n  return a / 2;\n}\n"),
    ],
)
def test_a_helper_that_writes_to_the_console_stays(asked: Problem, helper: str) -> None:
    entry = (
        "def add(a, b):\n    return half(a) + half(b)\n"
        if asked is PY
        else "const add = (a, b) => half(a) + half(b);\n"
    )
    assert helper in (extract_answer(asked, f"```\n{helper}\n{entry}```", INSTRUCTION) or "")


def test_python_keeps_a_logger_that_has_the_name_of_its_module() -> None:
    text = "import logging\n\nlog = logging.getLogger(__name__)\n\n" + PROGRAM
    assert extract_answer(PY, text, INSTRUCTION) == text


@pytest.mark.parametrize("asked", [C, CPP], ids=["c", "cpp"])
def test_c_and_cpp_answers_keep_to_their_own_headers(asked: Problem) -> None:
    code = "int add(int a, int b) { return a + b; }"
    assert (extract_answer(asked, f"```c\n{code}\n```", INSTRUCTION) or "").strip() == code


def test_java_methods_without_a_class_are_wrapped() -> None:
    text = (
        "```java\nimport java.util.List;\npublic int add(int a, int b) {\n  return a + b;\n}\n```"
    )
    assert squeezed(extract_answer(JAVA, text, INSTRUCTION)) == squeezed(
        "import java.util.*;\nimport java.util.List;\n"
        "class Solution { public int add(int a, int b) { return a + b; } }"
    )


def test_public_modifiers_and_the_main_class_of_java_are_removed() -> None:
    text = (
        "```java\npackage x.y;\npublic class Solution {\n  public int add(int a, int b) {"
        " return a + b; }\n}\n\npublic class Main {\n  public static void main(String[] a) {}"
        "\n}\n```"
    )
    answer = extract_answer(JAVA, text, INSTRUCTION) or ""
    assert "public class" not in answer
    assert "Main" not in answer
    assert "package" not in answer


def test_a_java_class_of_another_name_is_renamed_to_solution() -> None:
    text = "```java\npublic class Adder {\n  public int add(int a, int b) { return a + b; }\n}\n```"
    assert "class Solution {" in (extract_answer(JAVA, text, INSTRUCTION) or "")


def test_package_main_and_imports_that_only_main_used_are_removed_from_go() -> None:
    text = (
        '```go\npackage main\n\nimport (\n    "fmt"\n    "os"\n)\n\n'
        "func add(a int, b int) int {\n    return a + b\n}\n\n"
        "func main() {\n    fmt.Println(add(1, 2))\n    os.Exit(0)\n}\n```"
    )
    assert squeezed(extract_answer(GO, text, INSTRUCTION)) == "funcadd(aint,bint)int{returna+b}"


def test_go_keeps_an_unused_import_that_the_benchmark_does_not_supply() -> None:
    text = '```go\nimport "os"\n\nfunc add(a int, b int) int {\n    return a + b\n}\n```'
    assert '"os"' in (extract_answer(GO, text, INSTRUCTION) or "")
