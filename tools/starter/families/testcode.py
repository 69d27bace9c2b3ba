"""Test code for the checks of a problem in each language."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tools.starter.families.signatures import Signature

Item = tuple[int, int]
"""Price and count of a record."""
Value = int | bool | str | tuple[int, ...] | tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One call of `solve` and its expected result."""

    arguments: tuple[Value, ...]
    expected: Value


def plain(value: Value, kind: str) -> object:
    """Convert a value to the form that `solve` uses in Python."""
    if not isinstance(value, tuple):
        return value
    if kind == "items":
        return [{"price": item[0], "count": item[1]} for item in value if isinstance(item, tuple)]
    return list(value)


def _literal(value: Value, kind: str, language: str) -> str:
    if isinstance(value, bool):
        return str(value) if language == "python" else str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)
    return _items(value, language) if kind == "items" else _list(value, language)


def _list(value: tuple[object, ...], language: str) -> str:
    inner = ", ".join(map(str, value))
    return {
        "cpp": f"std::vector<int>{{{inner}}}",
        "java": f"new int[]{{{inner}}}",
        "go": f"[]int{{{inner}}}",
    }.get(language, f"[{inner}]")


def _items(value: tuple[object, ...], language: str) -> str:
    pairs = [item for item in value if isinstance(item, tuple)]
    form = {
        "python": '{{"price": {}, "count": {}}}',
        "c": "{{{}, {}}}",
        "cpp": "{{{}, {}}}",
        "java": "new Solution.Item({}, {})",
        "go": "{{{}, {}}}",
    }.get(language, "{{ price: {}, count: {} }}")
    inner = ", ".join(form.format(price, count) for price, count in pairs)
    return {
        "cpp": f"std::vector<Item>{{{inner}}}",
        "java": f"new Solution.Item[]{{{inner}}}",
        "go": f"[]Item{{{inner}}}",
    }.get(language, f"[{inner}]")


def _call(case: Case, signature: Signature, language: str) -> str:
    kinds = signature.types.values()
    taken = (_literal(v, k, language) for v, k in zip(case.arguments, kinds, strict=True))
    return f"solve({', '.join(taken)})"


def test_code(cases: tuple[Case, ...], signature: Signature, language: str) -> str:
    """Return the tests in `language`, by the conventions of the starter benchmark."""
    if language == "c":
        return _c(cases, signature)
    returns = signature.returns
    checks = [
        (_call(case, signature, language), _literal(case.expected, returns, language))
        for case in cases
    ]
    if language == "python":
        return "".join(f"assert {call} == {want}\n" for call, want in checks)
    if language in ("javascript", "typescript"):
        lines = ["declare var require: any;"] if language == "typescript" else []
        lines.append("const assert = require('node:assert');")
        lines += [f"assert.deepStrictEqual({call}, {want});" for call, want in checks]
        return "\n".join(lines) + "\n"
    if language == "cpp":
        return _cpp(checks, signature)
    return _java(checks, returns) if language == "java" else _go(checks, returns)


def _cpp(checks: list[tuple[str, str]], signature: Signature) -> str:
    # The second pair of parentheses protects the commas of a list from the macro.
    lines = [f"    assert(({call} == {want}));" for call, want in checks]
    types = signature.all_types
    includes = ["#include <assert.h>"]
    includes += ["#include <string>"] if "str" in types else []
    includes += ["#include <vector>"] if types & {"list", "items"} else []
    return "\n".join([*includes, "", "int main(void) {", *lines, "    return 0;", "}", ""])


def _java(checks: list[tuple[str, str]], returns: str) -> str:
    lines = []
    for call, want in checks:
        test = f"Solution.{call} != {want}"
        if returns == "list":
            values = want.removeprefix("new int[]{").removesuffix("}")
            test = f"!Solution.{call}.equals(List.of({values}))"
        elif returns == "str":
            test = f"!Solution.{call}.equals({want})"
        message = json.dumps(f"{call} is not {want}")
        lines.append(f"        if ({test}) throw new AssertionError({message});")
    opening = ["import java.util.List;", ""] if returns == "list" else []
    opening += ["public class Main {", "    public static void main(String[] args) {"]
    return "\n".join([*opening, *lines, "    }", "}", ""])


def _go(checks: list[tuple[str, str]], returns: str) -> str:
    lines = []
    for call, want in checks:
        test = "got != want"
        if returns == "list":
            # Slices cannot be compared by ==; nil and empty slices print alike.
            test = "fmt.Sprint(got) != fmt.Sprint(want)"
        lines += [
            f"\tif got, want := {call}, {want}; {test} {{",
            f'\t\tt.Fatalf("%s: got %v, want %v", {json.dumps(call)}, got, want)',
            "\t}",
        ]
    imports = ['\t"fmt"'] if returns == "list" else []
    opening = ["import (", *imports, '\t"testing"', ")", "", "func TestSolve(t *testing.T) {"]
    return "\n".join([*opening, *lines, "}", ""])


def _c(cases: tuple[Case, ...], signature: Signature) -> str:
    lines: list[str] = []
    for index, case in enumerate(cases):
        arguments: list[str] = []
        for value, kind in zip(case.arguments, signature.types.values(), strict=True):
            if isinstance(value, tuple):
                # C has no arrays of length zero, so only the size is checked.
                filled = value or (((0, 0),) if kind == "items" else (0,))
                inner = _literal(filled, kind, "c")[1:-1]
                of_kind = "Item" if kind == "items" else "int"
                lines.append(f"    const {of_kind} xs{index}[] = {{{inner}}};")
                arguments += [f"xs{index}", str(len(value))]
            else:
                arguments.append(_literal(value, kind, "c"))
        lines += _c_check(index, arguments, case.expected, signature.returns)
    includes = ["#include <assert.h>"]
    includes += ["#include <string.h>"] if signature.returns in ("str", "list") else []
    return "\n".join([*includes, "", "int main(void) {", *lines, "    return 0;", "}", ""])


def _c_check(index: int, arguments: list[str], expected: Value, returns: str) -> list[str]:
    called = f"solve({', '.join(arguments)})"
    with_out = f"solve({', '.join([*arguments, f'out{index}'])})"
    if isinstance(expected, str):
        return [
            f"    char out{index}[1024];",
            f"    {with_out};",
            f"    assert(strcmp(out{index}, {json.dumps(expected)}) == 0);",
        ]
    if isinstance(expected, tuple):
        inner = _literal(expected or (0,), returns, "c")[1:-1]
        size = f"{len(expected)} * sizeof(int)"
        return [
            f"    int out{index}[1024];",
            f"    const int want{index}[] = {{{inner}}};",
            f"    assert({with_out} == {len(expected)});",
            f"    assert(memcmp(out{index}, want{index}, {size}) == 0);",
        ]
    return [f"    assert({called} == {int(expected)});"]
