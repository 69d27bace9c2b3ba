"""Blanks out comments and strings in source text, so that the rest can be searched safely."""

from __future__ import annotations

import re
from functools import cache

from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import LanguageSpec

TEMPLATE_LANGUAGES = frozenset({"javascript", "typescript"})
"""Languages with template strings and regular expression literals."""
_INDENTED = frozenset({"python"})
_REGEX_BEFORE = frozenset("(,=:[!&|?{};~+-*%<>^")
_REGEX_KEYWORDS = re.compile(r"\b(?:return|typeof|case|in|of|delete|void|throw)\s*$")
_NO_LINE_END = re.compile(r"[^\n]")
_PYTHON_MARK = re.compile(r"#[^\n]*|\"\"\"|\'\'\'|[\"']")
_BRACE_MARK = re.compile(r"[\"'`/]")
_STRING_PREFIXES = frozenset({"L", "u", "U", "u8"})


def is_indented(language: str) -> bool:
    """Return whether the language marks blocks by indentation."""
    return language in _INDENTED


def mask(text: str, language: str, *, keep_strings: bool = False) -> str:
    """Replace comments and the contents of strings by spaces; length and line breaks stay.

    Quotes stay, so that a masked string still reads as a value.
    """
    # Completions can be megabytes long, so the text is copied in slices.
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
    """Find (start, end, is_comment) of every comment and string content, in order."""
    if language == "html":
        return [(m.start(), m.end(), True) for m in re.finditer(r"<!--.*?(?:-->|\Z)", text, re.S)]
    if is_indented(language):
        return _python_spans(text)
    spec = LANGUAGES.get(language)
    if spec is not None and spec.line_comment not in (None, "//"):
        return _other_spans(text, spec)
    return _brace_spans(text, language)


def _other_spans(text: str, spec: LanguageSpec) -> list[tuple[int, int, bool]]:
    """Find spans by the comment marks that the language declares."""
    marks = [re.escape(spec.line_comment or "") + r"[^\n]*"]
    if spec.block_comment is not None:
        opening, end = map(re.escape, spec.block_comment)
        marks.insert(0, rf"{opening}.*?(?:{end}|\Z)")
    # A comment mark directly after a word or `$` starts no comment: `$#list` in Perl.
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
            # The closing quotes are masked too: in column 0 they would read as a statement.
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
            end = line_end(text, i)
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
        elif char == "`" and language in TEMPLATE_LANGUAGES:
            end = _template_end(text, i + 1)
            spans.append((i + 1, end, False))
        elif char == "/" and language in TEMPLATE_LANGUAGES and _starts_regex(text, i):
            end = _regex_end(text, i + 1)
            spans.append((i + 1, end, False))
        else:
            mark = _BRACE_MARK.search(text, i + 1)
            i = n if mark is None else mark.start()
            continue
        i = end + skip
    return spans


def line_end(text: str, i: int) -> int:
    """Return the position of the next line break at or after `i`, or the length of the text."""
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
