"""Splits source text into top-level statements and finds definitions, without a parser."""

from __future__ import annotations

import re
from typing import NamedTuple

from codem_ray.extraction.masking import TEMPLATE_LANGUAGES, is_indented, line_end, mask

_TYPED = frozenset({"c", "cpp", "java"})
_BRACKET = re.compile(r"[()\[\]{}]")
_CODE = re.compile(r"\S")
_CODE_OR_LINE_END = re.compile(r"\S|\n")
_BLANKS = re.compile(r"[ \t]*")
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
_CONTINUES = re.compile(r"\s*(?:[.,(\[?:]|else\b|catch\b|finally\b)")


def nesting(line: str) -> int:
    """Return how many more brackets a masked line opens than it closes."""
    count = line.count
    return count("(") + count("[") + count("{") - count(")") - count("]") - count("}")


def closing_bracket(masked: str, opening: int) -> int | None:
    """Return the position of the bracket that closes the one at `opening`, or None."""
    depth = 0
    for found in _BRACKET.finditer(masked, opening):
        if found.group() in "([{":
            depth += 1
        else:
            depth -= 1
            if depth <= 0:
                return found.start()
    return None


def definition_pattern(language: str, name: str, *, is_function: bool = False) -> re.Pattern[str]:
    """Return a pattern for definitions of `name` in masked text.

    With `is_function`, a JavaScript or TypeScript variable counts only if it holds a function.
    """
    word = re.escape(name)
    if is_function and language in TEMPLATE_LANGUAGES:
        return re.compile(
            rf"\bfunction\b\s*\*?\s*{word}\b|\b(?:const|let|var)\s+{word}\s*(?::[^=;]+)?=\s*"
            r"(?:async\b|function\b|<|\w+\s*=>|\([^;{]*?\)[^;={]*=>|\()"
        )
    if language == "python":
        return re.compile(
            rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{word}\b|^{word}[ \t]*=(?!=)", re.M
        )
    if language in TEMPLATE_LANGUAGES:
        return re.compile(rf"\bfunction\b\s*\*?\s*{word}\b|\b(?:const|let|var|class)\s+{word}\b")
    if language == "go":
        return re.compile(rf"\bfunc\s+(?:\([^)]*\)\s*)?{word}\s*[\[(]|\b(?:type|var)\s+{word}\b")
    if language not in _TYPED:
        return re.compile(rf"^[ \t]*(?:\w+[ \t]+)+{word}\b|^[ \t]*{word}[ \t]*=(?!=)", re.M)
    inner = r"[^(){};]|\{\}"
    parameters = rf"\((?:{inner}|\((?:{inner}|\([^(){{}};]*\))*\))*\)"
    return re.compile(
        rf"(?<![\w>\]])(?!(?:return|else|new|throw)\b)[\w>\]]+[\s*&]+{word}\s*{parameters}"
        rf"[\w\s,.]*\{{|\b(?:class|struct)\s+{word}\b"
    )


def defines(masked: str, language: str, name: str) -> bool:
    """Return whether masked text defines `name`."""
    return bool(definition_pattern(language, name).search(masked))


class Statement(NamedTuple):
    """One top-level statement. `start` and `end` include the comments before it."""

    start: int
    end: int
    code: str
    """Text of the statement without leading comments."""


def split_statements(text: str, language: str) -> list[Statement]:
    """Split source text into its top-level statements."""
    masked = mask(text, language)
    ends = _indented_ends(masked) if is_indented(language) else _brace_ends(masked, language)
    result: list[Statement] = []
    start = 0
    for end in ends:
        if (first := _CODE.search(masked, start, end)) is not None:
            result.append(Statement(start, end, text[first.start() : end].rstrip()))
        start = end
    return result


def _indented_ends(masked: str) -> list[int]:
    starts: list[int] = []
    offset, depth = 0, 0
    is_joined = is_decorated = False
    for line in masked.splitlines(keepends=True):
        if depth == 0 and not is_joined and not line[0].isspace():
            if not (is_decorated or _CLAUSE.match(line)) or not starts:
                starts.append(offset)
            is_decorated = line[0] == "@"
        depth = max(0, depth + nesting(line))
        is_joined = "\\" in line and line.rstrip().endswith("\\")
        offset += len(line)
    ends = [_code_end(masked, start) for start in starts[1:]]
    return [*(e + 1 if e < len(masked) else e for e in ends), len(masked)] if starts else []


def _code_end(masked: str, end: int) -> int:
    """Return the position after the last non-blank character before `end`, without copying."""
    while end and masked[end - 1].isspace():
        end -= 1
    return end


def _brace_ends(masked: str, language: str) -> list[int]:
    ends: list[int] = []
    depth, i, start = 0, 0, 0
    last = ""
    """Last non-blank character since `start`; empty if there is none."""
    while (found := _CODE_OR_LINE_END.search(masked, i)) is not None:
        i, char = found.start(), found.group()
        if char == "#" and depth == 0 and not last:
            i = line_end(masked, i)
            while masked[i - 1] == "\\" and i < len(masked):
                i = line_end(masked, i + 1)
            ends.append(i)
            start, last = i, ""
            continue
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        if depth == 0 and (
            char == ";"
            or (char == "}" and _ends_block(masked, i, language))
            or (char == "\n" and last and _ends_line(masked, last, i, language))
        ):
            ends.append(i + 1)
            start, last = i + 1, ""
        elif char != "\n":
            last = char
        i += 1
    if _CODE.search(masked, start):
        ends.append(len(masked))
    return ends


def _ends_block(masked: str, i: int, language: str) -> bool:
    if language in TEMPLATE_LANGUAGES:
        rest = _end_of_blanks(masked, i + 1)
        return rest == len(masked) or (masked[rest] == "\n" and not _CONTINUES.match(masked, rest))
    return _next_code(masked, i + 1) not in (";", ",")


def _end_of_blanks(masked: str, i: int) -> int:
    found = _BLANKS.match(masked, i)
    return found.end() if found is not None else i


def _next_code(masked: str, i: int) -> str:
    found = _CODE.search(masked, i)
    return found.group() if found is not None else ""


def _ends_line(masked: str, last: str, i: int, language: str) -> bool:
    """Return whether the line break at `i`, after the character `last`, ends a statement."""
    if language == "go":
        return last not in ",.+-*/=&|(" and _next_code(masked, i) != "{"
    if language in TEMPLATE_LANGUAGES:
        after = _next_code(masked, i)
        return last not in ",.+-*/=&|?:(<>" and after not in (".", "?", ":", "{", "=", "+")
    return False
