"""Telling the language of a pair."""

import pytest

from codem_ray.data.language_filter import identify


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
def test_clear_cases(instruction: str, response: str, expected: str | None) -> None:
    found = identify(instruction, response)
    assert found.language == expected, found
    assert found.evidence
