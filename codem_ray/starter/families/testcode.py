"""Write the checks of a problem as the test code of each language."""

from __future__ import annotations

import json
from dataclasses import dataclass

from codem_ray.starter.families.code import Kind, Signature

Value = int | bool | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One call of `solve` and what it must return."""

    arguments: tuple[Value, ...]
    expected: int | bool


def _literal(value: Value, language: str) -> str:
    if isinstance(value, bool):
        return str(value) if language == "python" else str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)
    inner = ", ".join(map(str, value))
    return {
        "cpp": f"std::vector<int>{{{inner}}}",
        "java": f"new int[]{{{inner}}}",
        "go": f"[]int{{{inner}}}",
    }.get(language, f"[{inner}]")


def _call(case: Case, language: str) -> str:
    return f"solve({', '.join(_literal(value, language) for value in case.arguments)})"


def test_code(cases: tuple[Case, ...], signature: Signature, language: str) -> str:
    """Write the tests of a problem in `language`, by the conventions of the starter benchmark."""
    if language == "c":
        return _c(cases)
    checks = [(_call(case, language), _literal(case.expected, language)) for case in cases]
    if language == "python":
        return "".join(f"assert {call} == {want}\n" for call, want in checks)
    if language in ("javascript", "typescript"):
        lines = ["declare var require: any;"] if language == "typescript" else []
        lines.append("const assert = require('node:assert');")
        lines += [f"assert.deepStrictEqual({call}, {want});" for call, want in checks]
        return "\n".join(lines) + "\n"
    if language == "cpp":
        # The second pair of brackets keeps the commas of a list from splitting the macro's call.
        lines = [f"    assert(({call} == {want}));" for call, want in checks]
        includes = ["#include <assert.h>", *_cpp_includes(signature.kinds())]
        return "\n".join([*includes, "", "int main(void) {", *lines, "    return 0;", "}", ""])
    if language == "java":
        lines = [
            f"        if (Solution.{call} != {want}) "
            f"throw new AssertionError({json.dumps(f'{call} is not {want}')});"
            for call, want in checks
        ]
        opening = ["public class Main {", "    public static void main(String[] args) {"]
        return "\n".join([*opening, *lines, "    }", "}", ""])
    lines = [
        line
        for call, want in checks
        for line in (
            f"\tif got := {call}; got != {want} {{",
            f'\t\tt.Fatalf("%s: got %v, want %v", {json.dumps(call)}, got, {want})',
            "\t}",
        )
    ]
    opening = ["import (", '\t"testing"', ")", "", "func TestSolve(t *testing.T) {"]
    return "\n".join([*opening, *lines, "}", ""])


def _cpp_includes(kinds: set[Kind]) -> list[str]:
    return ["#include <vector>"] if "list" in kinds else []


def _c(cases: tuple[Case, ...]) -> str:
    lines: list[str] = []
    for index, case in enumerate(cases):
        arguments: list[str] = []
        for value in case.arguments:
            if isinstance(value, tuple):
                # C has no array of length zero: the size alone says that it is empty.
                inner = ", ".join(map(str, value or (0,)))
                lines.append(f"    const int xs{index}[] = {{{inner}}};")
                arguments += [f"xs{index}", str(len(value))]
            else:
                arguments.append(_literal(value, "c"))
        want = str(int(case.expected))
        lines.append(f"    assert(solve({', '.join(arguments)}) == {want});")
    return "\n".join(
        ["#include <assert.h>", "", "int main(void) {", *lines, "    return 0;", "}", ""]
    )
