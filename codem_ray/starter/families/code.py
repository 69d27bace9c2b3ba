"""A very small program tree that prints as idiomatic code in seven programming languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["int", "bool", "str", "list"]

CODE_LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go")
"""The programming languages of the kit, in the order of its files."""

_TYPES: dict[str, dict[Kind, str]] = {
    "python": {"int": "int", "bool": "bool", "str": "str", "list": "list[int]"},
    "javascript": {"int": "", "bool": "", "str": "", "list": ""},
    "typescript": {"int": "number", "bool": "boolean", "str": "string", "list": "number[]"},
    "c": {"int": "int", "bool": "bool", "str": "const char *", "list": "const int *"},
    "cpp": {
        "int": "int",
        "bool": "bool",
        "str": "const std::string &",
        "list": "const std::vector<int> &",
    },
    "java": {"int": "int", "bool": "boolean", "str": "String", "list": "int[]"},
    "go": {"int": "int", "bool": "bool", "str": "string", "list": "[]int"},
}


@dataclass(frozen=True, slots=True)
class Return:
    """Leave the function with a value."""

    expression: str


@dataclass(frozen=True, slots=True)
class Let:
    """Declare an integer variable."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Update:
    """Change a variable by `=`, `+=` and their like."""

    name: str
    operator: str
    expression: str


@dataclass(frozen=True, slots=True)
class DropDigit:
    """Divide a variable by ten, rounding down."""

    name: str


@dataclass(frozen=True, slots=True)
class If:
    """Take the first branch whose condition holds."""

    branches: tuple[tuple[str, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """Repeat for every element of the list `xs`."""

    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Characters:
    """Repeat for every character of the string `s`."""

    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Repeat for every integer from `low` to `high`, both included."""

    name: str
    low: int
    high: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While:
    """Repeat as long as a condition holds."""

    condition: str
    body: tuple[Statement, ...]


Statement = Return | Let | Update | DropDigit | If | Each | Characters | Span | While


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and kinds of what `solve` takes, and the kind of what it returns."""

    parameters: tuple[tuple[str, Kind], ...]
    returns: Kind

    def kinds(self) -> set[Kind]:
        """All kinds in this signature."""
        return {kind for _, kind in self.parameters} | {self.returns}


@dataclass(frozen=True, slots=True)
class Program:
    """The statements of `solve`, with a shorter idiom where a language has one."""

    statements: tuple[Statement, ...]
    idioms: tuple[tuple[str, str], ...] = ()
    """Pairs of a language and the expression that it would return in one line."""


def expression(text: str, language: str) -> str:
    """Turn an expression in C's notation into that of `language`."""
    if language == "python":
        text = text.replace(" && ", " and ").replace(" || ", " or ").replace("'", '"')
    if language in ("javascript", "typescript"):
        text = text.replace(" == ", " === ").replace(" != ", " !== ").replace("'", '"')
    return text


def _typed(name: str, kind: Kind, language: str) -> str:
    of_kind = _TYPES[language][kind]
    if language == "javascript":
        return name
    if language in ("python", "typescript"):
        return f"{name}: {of_kind}"
    if language == "go":
        return f"{name} {of_kind}"
    joined = f"{of_kind}{name}" if of_kind.endswith(("*", "&")) else f"{of_kind} {name}"
    # An array in C does not know its length.
    return f"{joined}, int n" if language == "c" and kind == "list" else joined


def signature_text(signature: Signature, language: str) -> str:
    """Write the head of `solve` as `language` has it, without what opens the body."""
    taken = ", ".join(_typed(name, kind, language) for name, kind in signature.parameters)
    returned = _TYPES[language][signature.returns]
    if language == "python":
        return f"def solve({taken}) -> {returned}"
    if language == "javascript":
        return f"function solve({taken})"
    if language == "typescript":
        return f"function solve({taken}): {returned}"
    if language == "go":
        return f"func solve({taken}) {returned}"
    return f"{returned} solve({taken})"


def _includes(signature: Signature, language: str) -> list[str]:
    kinds = signature.kinds()
    if language == "c" and "bool" in kinds:
        return ["#include <stdbool.h>", ""]
    if language == "cpp" and "str" in kinds:
        return ["#include <string>", ""]
    if language == "cpp" and "list" in kinds:
        return ["#include <vector>", ""]
    return []


def head(signature: Signature, language: str, description: str | None) -> str:
    """Write all that stands before the body of `solve`; it ends with a line break."""
    mark = "#" if language == "python" else "//"
    comment = [] if description is None else [f"{mark} {description}"]
    opening = signature_text(signature, language)
    if language == "python":
        return "\n".join([*comment, f"{opening}:", ""])
    if language == "java":
        inner = [*comment, f"public static {opening} {{"]
        return "\n".join(["class Solution {", *(f"    {line}" for line in inner), ""])
    return "\n".join([*_includes(signature, language), *comment, f"{opening} {{", ""])


def tail(program: Program, language: str) -> str:
    """Write the body of `solve` and what closes it, to follow `head`."""
    idiom = dict(program.idioms).get(language)
    if idiom is None:
        lines = _block(program.statements, language)
    else:
        lines = [f"return {idiom}" + ("" if language in ("python", "go") else ";")]
    unit = "\t" if language == "go" else "    "
    depth = 2 if language == "java" else 1
    text = [_indented(line, unit, depth) for line in lines]
    closing = {"python": [], "java": ["    }", "}"]}.get(language, ["}"])
    return "\n".join([*text, *closing, ""])


def _indented(line: str, unit: str, depth: int) -> str:
    bare = line.lstrip("\t")
    return unit * (depth + len(line) - len(bare)) + bare


def _block(statements: Sequence[Statement], language: str) -> list[str]:
    return [line for statement in statements for line in _lines(statement, language)]


def _lines(statement: Statement, language: str) -> list[str]:
    end = "" if language in ("python", "go") else ";"
    match statement:
        case Return(text):
            return [f"return {expression(text, language)}{end}"]
        case Let(name, text):
            return [_declared(name, expression(text, language), language, is_fixed=False)]
        case Update(name, "+=", "1") if language != "python":
            return [f"{name}++{end}"]
        case Update(name, operator, text):
            return [f"{name} {operator} {expression(text, language)}{end}"]
        case DropDigit(name):
            if language == "python":
                return [f"{name} //= 10"]
            if language in ("javascript", "typescript"):
                return [f"{name} = Math.floor({name} / 10);"]
            return [f"{name} /= 10{end}"]
        case If(branches, otherwise):
            return _if_lines(branches, otherwise, language)
        case _:
            return _loop_lines(statement, language)


def _declared(name: str, text: str, language: str, *, is_fixed: bool) -> str:
    if language == "python":
        return f"{name} = {text}"
    if language == "go":
        return f"{name} := {text}"
    if language in ("javascript", "typescript"):
        return f"{'const' if is_fixed else 'let'} {name} = {text};"
    return f"int {name} = {text};"


def _if_lines(
    branches: Sequence[tuple[str, tuple[Statement, ...]]],
    otherwise: tuple[Statement, ...],
    language: str,
) -> list[str]:
    lines: list[str] = []
    for index, (condition, body) in enumerate(branches):
        text = expression(condition, language)
        if language == "python":
            lines.append(f"{'elif' if index else 'if'} {text}:")
        else:
            test = text if language == "go" else f"({text})"
            lines.append(f"{'} else ' if index else ''}if {test} {{")
        lines += [f"\t{line}" for line in _block(body, language)]
    if otherwise:
        lines.append("else:" if language == "python" else "} else {")
        lines += [f"\t{line}" for line in _block(otherwise, language)]
    return lines if language == "python" else [*lines, "}"]


def _loop_lines(statement: Statement, language: str) -> list[str]:
    first: list[str] = []
    match statement:
        case Each(name, body):
            opening = {
                "python": f"for {name} in xs",
                "c": "for (int i = 0; i < n; i++)",
                "cpp": f"for (int {name} : xs)",
                "java": f"for (int {name} : xs)",
                "go": f"for _, {name} := range xs",
            }.get(language, f"for (const {name} of xs)")
            if language == "c":
                first = [f"\tint {name} = xs[i];"]
        case Characters(name, body):
            opening = {
                "python": f"for {name} in s",
                "c": "for (int i = 0; s[i] != '\\0'; i++)",
                "cpp": f"for (char {name} : s)",
                "java": f"for (char {name} : s.toCharArray())",
                "go": f"for _, {name} := range s",
            }.get(language, f"for (const {name} of s)")
            if language == "c":
                first = [f"\tchar {name} = s[i];"]
        case Span(name, low, high, body):
            counted = f"{name} <= {high}; {name}++"
            opening = {
                "python": f"for {name} in range({low}, {high} + 1)",
                "javascript": f"for (let {name} = {low}; {counted})",
                "typescript": f"for (let {name} = {low}; {counted})",
                "go": f"for {name} := {low}; {counted}",
            }.get(language, f"for (int {name} = {low}; {counted})")
        case While(condition, body):
            text = expression(condition, language)
            opening = {"python": f"while {text}", "go": f"for {text}"}.get(
                language, f"while ({text})"
            )
        case _:
            raise TypeError(f"no loop: {statement!r}")
    inner = first + [f"\t{line}" for line in _block(body, language)]
    if language == "python":
        return [f"{opening}:", *inner]
    return [f"{opening} {{", *inner, "}"]
