"""Where comments and strings lie in a source text, and what it defines, without a parser."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import LanguageSpec

_INDENTED = frozenset({"python"})
_TEMPLATES = frozenset({"javascript", "typescript"})
_TYPED = frozenset({"c", "cpp", "java"})
_REGEX_BEFORE = frozenset("(,=:[!&|?{};~+-*%<>^")
_REGEX_KEYWORDS = re.compile(r"\b(?:return|typeof|case|in|of|delete|void|throw)\s*$")
_STRING_PREFIXES = frozenset({"L", "u", "U", "u8"})


def is_indented(language: str) -> bool:
    """Say whether blocks of the language are made by indentation."""
    return language in _INDENTED


def mask(text: str, language: str, *, keep_strings: bool = False) -> str:
    """Blank out comments and the insides of strings, keeping length and line breaks.

    Quotes stay, so that a masked string still reads as a value.
    """
    out = list(text)
    for start, end, is_comment in _spans(text, language):
        if is_comment or not keep_strings:
            for i in range(start, end):
                if out[i] != "\n":
                    out[i] = " "
    return "".join(out)


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
    while i < n:
        char = text[i]
        if char == "#":
            end = _line_end(text, i)
            spans.append((i, end, True))
            i = end
        elif text.startswith(('"""', "'''"), i):
            end = _string_end(text, i + 3, text[i : i + 3])
            # All but the first quote: a closing one in column 0 must not read as a statement.
            spans.append((i + 1, min(end + 3, n), False))
            i = end + 3
        elif char in "\"'":
            end = _string_end(text, i + 1, char, stops_at_line=True)
            spans.append((i + 1, end, False))
            i = end + 1
        else:
            i += 1
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
            i += 1
            continue
        i = end + skip
    return spans


def _line_end(text: str, i: int) -> int:
    end = text.find("\n", i)
    return len(text) if end < 0 else end


def _string_end(text: str, i: int, quote: str, *, stops_at_line: bool = False) -> int:
    while i < len(text):
        if text[i] == "\\":
            i += 2
            continue
        if text.startswith(quote, i) or (stops_at_line and text[i] == "\n"):
            return i
        i += 1
    return len(text)


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


def closing(masked: str, opening: int) -> int | None:
    """Return where the bracket at `opening` is closed; None: it is not."""
    depth = 0
    for i in range(opening, len(masked)):
        if masked[i] in "([{":
            depth += 1
        elif masked[i] in ")]}":
            depth -= 1
            if depth <= 0:
                return i
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


@dataclass(frozen=True, slots=True)
class Chunk:
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
        lead = len(masked[start:end]) - len(masked[start:end].lstrip())
        code = text[start + lead : end].rstrip()
        if code.strip():
            result.append(Chunk(start, end, code))
        start = end
    return result


def _indented_ends(masked: str) -> list[int]:
    starts: list[int] = []
    offset, depth = 0, 0
    is_joined = is_decorated = False
    for line in masked.splitlines(keepends=True):
        code = line.strip()
        if code and depth == 0 and not is_joined and not line[0].isspace():
            is_clause = re.match(r"(?:else|elif|except|finally)\b", code) is not None
            if not (is_decorated or is_clause) or not starts:
                starts.append(offset)
            is_decorated = code.startswith("@")
        depth = max(0, depth + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")))
        is_joined = code.endswith("\\")
        offset += len(line)
    ends = [len(masked[:start].rstrip()) for start in starts[1:]]
    return [*(e + 1 if e < len(masked) else e for e in ends), len(masked)] if starts else []


def _brace_ends(masked: str, language: str) -> list[int]:
    ends: list[int] = []
    depth, i, start = 0, 0, 0
    while i < len(masked):
        char = masked[i]
        if char == "#" and depth == 0 and not masked[start:i].strip():
            i = _line_end(masked, i)
            while masked[i - 1] == "\\" and i < len(masked):
                i = _line_end(masked, i + 1)
            ends.append(i)
            start = i
            continue
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        is_line = char == "\n" and masked[start:i].strip() != ""
        is_block = char == "}" and _ends_block(masked, i, language)
        is_line = is_line and _ends_line(masked, start, i, language)
        if depth == 0 and (char == ";" or is_block or is_line):
            ends.append(i + 1)
            start = i + 1
        i += 1
    if masked[start:].strip():
        ends.append(len(masked))
    return ends


_CONTINUES = re.compile(r"\s*(?:[.,(\[?:]|else\b|catch\b|finally\b)")


def _ends_block(masked: str, i: int, language: str) -> bool:
    rest = masked[i + 1 :].lstrip(" \t")
    if language in _TEMPLATES:
        return not rest or (rest[0] == "\n" and not _CONTINUES.match(rest))
    return not rest.lstrip().startswith((";", ","))


def _ends_line(masked: str, start: int, i: int, language: str) -> bool:
    before, after = masked[start:i].rstrip(), masked[i:].lstrip()
    if language == "go":
        return before[-1] not in ",.+-*/=&|(" and not after.startswith("{")
    if language in _TEMPLATES:
        is_open = before[-1] in ",.+-*/=&|?:(<>"
        return not is_open and not after.startswith((".", "?", ":", "{", "=", "+"))
    return False
