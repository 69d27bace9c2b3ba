"""Language labels of pairs."""

import sys

import pytest

from codem_ray.corpora.language_detection import language_of_code
from codem_ray.corpora.language_labels import label_language, mismatched_language
from codem_ray.errors import EnvironmentLackError
from codem_ray.languages import LANGUAGES, syntax_trees


@pytest.mark.parametrize(
    ("instruction", "response", "expected"),
    [
        ("Add two numbers.", "```java\nint f;\n```", "java"),
        ("Add two numbers in Java.", "x", "java"),
        ("Add two numbers in JavaScript.", "x", "javascript"),
        ("Write a C program that adds.", "x", "c"),
        ("Add two numbers in C++.", "x", "cpp"),
        ("Add two numbers in C#.", "int f;", None),
        ("Write a Go program that adds.", "x", "go"),
        ("Go through the list and add.", "x", None),
        ("How would you go about adding?", "x", None),
        ("Add in TypeScript.", "x", "typescript"),
        ("Make an HTML page with CSS.", "<p>x</p>", "html"),
        ("Write a SQL query.", "SELECT 1", None),
        ("Convert this Python code to Java.", "public class A {}", "java"),
        ("Add two numbers.", "def f(a, b):\n    return a + b", "python"),
        ("Add two numbers.", "#include <stdio.h>\nint main() {}", "c"),
        ("Add two numbers.", "#include <stdio.h>\n#include <vector>\nint main() {}", "cpp"),
        ("Add two numbers.", "function f(a, b) {\n  return a + b\n}", "javascript"),
        ("Add.", "function f(a: number): number {\n  return a\n}", "typescript"),
        ("Add two numbers.", "package main\n\nfunc main() {\n}", "go"),
        ("Make a page.", "<!DOCTYPE html>\n<script>console.log(1)</script>", "html"),
        ("What is a tree?", "A tree is a graph without cycles.", None),
    ],
)
def test_clear_cases_are_labelled(instruction: str, response: str, expected: str | None) -> None:
    found = label_language(instruction, response)
    assert found.language == expected, found
    assert found.evidence


PYTHON = "def f(a):\n    return [b for b in a]"
JAVA = "int[] a = new int[10];\nfor (int i = 0; i < 10; i++) {\n    a[i] = i;\n}"


@pytest.mark.parametrize(
    ("instruction", "response", "expected", "evidence"),
    [
        ("Do.", "```py\nx\n```", "python", "fence py"),
        ("Do.", f"```python\n{PYTHON}\n```\n```java\nint f;\n```", "python", "most of several"),
        ("Do.", "```python\nx=1\n```\n```java\nx=1\n```", None, "fences disagree: java, python"),
        ("Do.", "```ruby\nx\n```", "other", "fence ruby"),
        ("Do.", f"```\n{PYTHON}\n```", "python", "sign"),
        ("Do.", "Result:\n```text\n5\n```\n```go\nx\n```", "go", "fence go"),
        ("Do it in Java.", JAVA, "java", "word 'Java'"),
        ("Do it in Java.", PYTHON, "python", "word 'Java', but sign"),
        ("Do it in C.", "int main() { std::cout << 1; }", "cpp", "word 'in C', but signs of cpp"),
        ("Turn Java into Python.", PYTHON, "python", "words 'Python', 'Java'; sign"),
        ("Turn C# into Python.", PYTHON, "python", "words"),
        ("Turn Python into C#.", "using System;\nclass A {}", "other", "code of C#"),
        ("Use SQL.", "import os\nx = os.f()", "python", "word 'SQL', but sign"),
        ("Write a Rust program.", PYTHON, "other", "word 'Rust'"),
        ("Delete a node of a list.", PYTHON, "python", "sign"),
        ("Use Node.js.", "f()", "javascript", "word 'Node.js'"),
        ("Fix it:\n```js\nx\n```", "y", "javascript", "fence js"),
        ("Do.", JAVA, "java", "parses as java only"),
        ("Do.", "x = [a for a in b]", "python", "parses as python only"),
        ("Do.", "const f = (a) => a + 1;\nf(2)", "javascript", "sign"),
        ("Do.", "const f = (a: number) => a + 1;", "typescript", "sign"),
        ("Do.", "type A = { b?: string }\nexport default A", "typescript", "parses as typescript"),
        ("Do.", "x = 5", None, "parses as python, javascript, go alike"),
        ("Do.", "#include <cmath>\nint f(int a) { return a; }", "cpp", "sign"),
        ("Do.", "#include <string.h>\nint f(int a) { return a; }", "c", "sign"),
        ("Do.", "def f(a):\n    x = (1,,2)\n    return x", "python", "wrong as python"),
        ("Do.", "SELECT a FROM b", "other", "code of SQL"),
        ("Do.", "ul li:nth-child(2) {\n  color: red;\n}", "other", "code of CSS"),
        ("Do.", "<html><?php echo $x; ?></html>", "other", "code of PHP"),
        ("Do.", "interface A {\n  a: string;\n}", "typescript", "sign"),
        (
            "Do.",
            "public class A {\n  // one: two\n  public int f() { return 1; }\n}",
            "java",
            "sign",
        ),
        ("Do.", "func Each(fn func(int)) {\n\tfn(1)\n}", "go", "parses as go"),
        ("Do.", "fn f(a: i32) -> i32 {\n    a\n}", "other", "code of Rust"),
        ("Do.", '{"a": [1, 2]}', None, "no code"),
        ("Do.", "It takes O(n) steps; this is what matters.", None, "no code"),
        ("Do.", "((((", None, "no sign"),
    ],
)
def test_each_kind_of_evidence_is_recorded(
    instruction: str, response: str, expected: str | None, evidence: str
) -> None:
    found = label_language(instruction, response)
    assert (found.language or ("other" if found.is_other else None)) == expected, found
    assert evidence in found.evidence


def test_only_the_head_of_a_long_text_is_examined() -> None:
    assert label_language("Do.", f"{PYTHON}\n" * 200_000).language == "python"


def test_every_language_has_a_grammar_that_parses_its_samples() -> None:
    for spec in LANGUAGES.values():
        assert spec.grammar is not None
        assert syntax_trees.parses(spec.samples.passes, spec.name), spec.name


def test_a_missing_grammar_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    syntax_trees._grammar.cache_clear()
    with pytest.raises(EnvironmentLackError, match=r"tree-sitter.*pip install codem-ray"):
        language_of_code(PYTHON)
    # A fence tag needs no grammar.
    assert label_language("Do.", f"```python\n{PYTHON}\n```").language == "python"
    monkeypatch.undo()
    syntax_trees._grammar.cache_clear()


def test_a_mismatched_language_is_found_without_parsing() -> None:
    assert mismatched_language("#include <string.h>\nint f() { return strlen(s); }", "c") is None
    assert mismatched_language("public class A {}", "python") == "java"
