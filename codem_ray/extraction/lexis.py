"""Where comments and strings lie in a source text, and what it defines, without a parser."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import LanguageSpec

_INDENTED = frozenset({"python"})
_TEMPLATES = frozenset({"javascript", "typescript"})
_TYPED = frozenset({"c", "cpp", "java"})
_REGEX_BEFORE = frozenset("(,=:[!&|?{};~+-*%<>^")
_REGEX_KEYWORDS = re.compile(r"\b(?:return|typeof|case|in|of|delete|void|throw)\s*$")
_NO_LINE_END = re.compile(r"[^\n]")
_PYTHON_MARK = re.compile(r"#[^\n]*|\"\"\"|\'\'\'|[\"']")
_BRACE_MARK = re.compile(r"[\"'`/]")
_BRACKET = re.compile(r"[()\[\]{}]")
_CODE = re.compile(r"\S")
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
_STRING_PREFIXES = frozenset({"L", "u", "U", "u8"})


def is_indented(language: str) -> bool:
    """Say whether blocks of the language are made by indentation."""
    return language in _INDENTED


def mask(text: str, language: str, *, keep_strings: bool = False) -> str:
    """Blank out comments and the insides of strings, keeping length and line breaks.

    Quotes stay, so that a masked string still reads as a value.
    """
    # Slices, not characters: a model may write megabytes.
    parts: list[str] = []
    done = 0
    for start, end, is_comment in _spans(text, language):
        if is_comment or not keep_strings:
            parts += (text[done:start], _blank(text[start:end]))
            done = max(start, end)
    return "".join(parts) + text[done:]


def _blank(text: str) -> str:
    return _NO_LINE_END.sub(" ", text) if "\n" in text else " " * len(text)


def _spans(text: str, language: str) -> list[tuple[int, int, bool]]:
    if language == "html":
        return [(m.start(), m.end(), True) for m in re.finditer(r"<!--.*?(?:-->|\Z)", text, re.S)]
    if is_indented(language):
        return _python_spans(text)
    spec = LANGUAGES.get(language)
    if spec is not None and spec.line_comment not in (None, "//"):
        return _other_spans(text, spec)
    return _brace_spans(text, language)


def _other_spans(text: str, spec: LanguageSpec) -> list[tuple[int, int, bool]]:
    """Find what any language has, by the marks that its file names."""
    marks = [re.escape(spec.line_comment or "") + r"[^\n]*"]
    if spec.block_comment is not None:
        opening, end = map(re.escape, spec.block_comment)
        marks.insert(0, rf"{opening}.*?(?:{end}|\Z)")
    # A mark that a word leads to is none: `$#list` in Perl.
    comment = rf"(?<![\w$])(?P<comment>{'|'.join(marks)})"
    strings = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return [
        (found.start(), found.end(), True)
        if found["comment"]
        else (found.start() + 1, found.end() - 1, False)
        for found in re.finditer(rf"{comment}|{strings}", text, re.S)
    ]


def _python_spans(text: str) -> list[tuple[int, int, bool]]:
    spans: list[tuple[int, int, bool]] = []
    i, n = 0, len(text)
    while (mark := _PYTHON_MARK.search(text, i)) is not None:
        i, end = mark.span()
        quote = mark.group()
        if quote[0] == "#":
            spans.append((i, end, True))
            i = end
        elif len(quote) == 3:
            end = _string_end(text, end, quote)
            # All but the first quote: a closing one in column 0 must not read as a statement.
            spans.append((i + 1, min(end + 3, n), False))
            i = end + 3
        else:
            end = _string_end(text, end, quote, stops_at_line=True)
            spans.append((i + 1, end, False))
            i = end + 1
    return spans


def _brace_spans(text: str, language: str) -> list[tuple[int, int, bool]]:
    spans: list[tuple[int, int, bool]] = []
    i, n = 0, len(text)
    while i < n:
        char = text[i]
        skip = 1
        if text.startswith("//", i):
            end = _line_end(text, i)
            spans.append((i, end, True))
            skip = 0
        elif text.startswith("/*", i):
            found = text.find("*/", i + 2)
            end = n if found < 0 else found + 2
            spans.append((i, end, True))
            skip = 0
        elif language == "java" and text.startswith('"""', i):
            end = _string_end(text, i + 3, '"""')
            spans.append((i + 3, end, False))
            skip = 3
        elif char == '"' and language == "cpp" and i and text[i - 1] == "R":
            opening = text.find("(", i)
            closing = f'){text[i + 1 : opening]}"'
            found = text.find(closing, opening) if opening > 0 else -1
            end = n if found < 0 else found + len(closing) - 1
            spans.append((i + 1, end, False))
        elif char == '"' or (char == "'" and not _is_digit_separator(text, i)):
            end = _string_end(text, i + 1, char, stops_at_line=True)
            spans.append((i + 1, end, False))
        elif char == "`" and language == "go":
            found = text.find("`", i + 1)
            end = n if found < 0 else found
            spans.append((i + 1, end, False))
        elif char == "`" and language in _TEMPLATES:
            end = _template_end(text, i + 1)
            spans.append((i + 1, end, False))
        elif char == "/" and language in _TEMPLATES and _starts_regex(text, i):
            end = _regex_end(text, i + 1)
            spans.append((i + 1, end, False))
        else:
            mark = _BRACE_MARK.search(text, i + 1)
            i = n if mark is None else mark.start()
            continue
        i = end + skip
    return spans


def _line_end(text: str, i: int) -> int:
    end = text.find("\n", i)
    return len(text) if end < 0 else end


def _string_end(text: str, i: int, quote: str, *, stops_at_line: bool = False) -> int:
    ends = _string_ends(quote, stops_at_line)
    while (found := ends.search(text, i)) is not None:
        if found.group() != "\\":
            return found.start()
        i = found.start() + 2
    return len(text)


@cache
def _string_ends(quote: str, stops_at_line: bool) -> re.Pattern[str]:
    return re.compile(rf"\\|{quote}" + (r"|\n" if stops_at_line else ""))


def _template_end(text: str, i: int) -> int:
    depth = 0
    while i < len(text):
        char = text[i]
        if char == "\\":
            i += 2
            continue
        if depth == 0 and char == "`":
            return i
        if text.startswith("${", i):
            depth += 1
            i += 2
            continue
        if depth and char == "{":
            depth += 1
        elif depth and char == "}":
            depth -= 1
        elif depth and char == "`":
            i = _template_end(text, i + 1)
        i += 1
    return len(text)


def _starts_regex(text: str, i: int) -> bool:
    before = text[max(0, i - 40) : i].rstrip()
    return not before or before[-1] in _REGEX_BEFORE or bool(_REGEX_KEYWORDS.search(before))


def _regex_end(text: str, i: int) -> int:
    is_class = False
    while i < len(text) and text[i] != "\n":
        char = text[i]
        if char == "\\":
            i += 2
            continue
        if char == "[":
            is_class = True
        elif char == "]":
            is_class = False
        elif char == "/" and not is_class:
            return i
        i += 1
    return min(i, len(text))


def _is_digit_separator(text: str, i: int) -> bool:
    word = re.search(r"\w+$", text[max(0, i - 20) : i])
    return word is not None and word.group() not in _STRING_PREFIXES


def nesting(line: str) -> int:
    """Return by how many brackets a masked line is left deeper than it began."""
    count = line.count
    return count("(") + count("[") + count("{") - count(")") - count("]") - count("}")


def closing(masked: str, opening: int) -> int | None:
    """Return where the bracket at `opening` is closed; None: it is not."""
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
    """Return what a definition of `name` looks like in masked text."""
    word = re.escape(name)
    if is_function and language in _TEMPLATES:
        return re.compile(
            rf"\bfunction\b\s*\*?\s*{word}\b|\b(?:const|let|var)\s+{word}\s*(?::[^=;]+)?=\s*"
            r"(?:async\b|function\b|<|\w+\s*=>|\([^;{]*?\)[^;={]*=>|\()"
        )
    if language == "python":
        return re.compile(
            rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{word}\b|^{word}[ \t]*=(?!=)", re.M
        )
    if language in _TEMPLATES:
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
    """Say whether masked text defines `name`."""
    return bool(definition_pattern(language, name).search(masked))


class Chunk(NamedTuple):
    """One top-level statement, with the comments that lead to it."""

    start: int
    end: int
    code: str
    """Its own text, leading comments not included."""


def chunks(text: str, language: str) -> list[Chunk]:
    """Split a source text into its top-level statements."""
    masked = mask(text, language)
    ends = _indented_ends(masked) if is_indented(language) else _brace_ends(masked, language)
    result: list[Chunk] = []
    start = 0
    for end in ends:
        if (first := _CODE.search(masked, start, end)) is not None:
            result.append(Chunk(start, end, text[first.start() : end].rstrip()))
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
    """Return the end of the code before `end`, without copying what is before it."""
    while end and masked[end - 1].isspace():
        end -= 1
    return end


def _brace_ends(masked: str, language: str) -> list[int]:
    ends: list[int] = []
    depth, i, start = 0, 0, 0
    last = ""
    """The last character of code since `start`."""
    while (found := _CODE_OR_LINE_END.search(masked, i)) is not None:
        i, char = found.start(), found.group()
        if char == "#" and depth == 0 and not last:
            i = _line_end(masked, i)
            while masked[i - 1] == "\\" and i < len(masked):
                i = _line_end(masked, i + 1)
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


_CODE_OR_LINE_END = re.compile(r"\S|\n")
_BLANKS = re.compile(r"[ \t]*")
_CONTINUES = re.compile(r"\s*(?:[.,(\[?:]|else\b|catch\b|finally\b)")


def _ends_block(masked: str, i: int, language: str) -> bool:
    if language in _TEMPLATES:
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
    """Say whether a line that ends at `i`, its last character of code before, ends a statement."""
    if language == "go":
        return last not in ",.+-*/=&|(" and _next_code(masked, i) != "{"
    if language in _TEMPLATES:
        after = _next_code(masked, i)
        return last not in ",.+-*/=&|?:(<>" and after not in (".", "?", ":", "{", "=", "+")
    return False
