"""Mutants: wrong solutions made from correct ones by small changes of known kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codem_ray.languages.source_code import is_indented, mask


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed solution with its change."""

    name: str
    """The mutation's name in `MUTATIONS`."""
    text: str
    line: int
    """The changed line, counted from 1."""
    before: str
    after: str


Change = tuple[int, int, str]
"""Start and end of a piece of text, and its replacement. NUL stands for the piece itself."""

_COMPARISONS = {
    "<": ">=",
    ">": "<=",
    "<=": ">",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "===": "!==",
    "!==": "===",
}
_COMPARISON = re.compile(r"(?<![-=<>!&|+*/%^:])(===|!==|==|!=|<=|>=|<(?!-)|>)(?![<>=])")
_ARITHMETIC = re.compile(r"(?<=[\w)\]] )([-+*])(?= [\w(])|(?<=[\w)\]])([-+*])(?=[\w(])")
_INTEGER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
_RETURN = re.compile(r"\breturn\b[ \t]*([^;\n{}]+?)[ \t]*(?=;|\n|\}|\Z)")
_CONDITION = re.compile(r"\b(?:if|while)\s*\(")
_PYTHON_CONDITION = re.compile(r"^[ \t]*(?:if|elif|while)[ \t]+(.+?):[ \t]*$", re.M)
_GO_CONDITION = re.compile(r"\bif[ \t]+([^;{\n]+?)[ \t]*\{")
_PAGE_TEXT = re.compile(r"(?<=>)[ \t\n]*([^<>\s][^<>]*?)[ \t\n]*(?=<)")
_PAGE_TAG = re.compile(r"<(p|h[1-6]|li|em|strong|code)>(.*?)</\1>", re.S)
_STATEMENT = re.compile(
    r"^([ \t]+)(?:[\w.\[\]*>()-]+[ \t]*(?:[-+*/%|&^]|//|<<|>>)=[^=].*?|[\w.\[\]*>()-]+(?:\+\+|--)"
    r"|[\w.\[\]]+\.(?:append|add|push|push_back|insert|put|set|sort|reverse|pop|remove)\(.*\))"
    r";?[ \t]*$",
    re.M,
)
_LOGIC = {"&&": "||", "||": "&&", "and": "or", "or": "and"}


def _comparison(masked: str, language: str) -> Iterator[Change]:
    for found in _COMPARISON.finditer(masked):
        operator = found[1]
        around = masked[found.start() - 1 : found.end() + 1]
        # Without spaces, < and > may enclose type parameters.
        is_spaced = around[:1].isspace() and around[-1:].isspace()
        if operator in "<>" and language in ("cpp", "java", "typescript") and not is_spaced:
            continue
        yield *found.span(1), _COMPARISONS[operator]


def _arithmetic(masked: str, language: str) -> Iterator[Change]:
    for found in _ARITHMETIC.finditer(masked):
        group = 1 if found[1] else 2
        word = re.search(r"\w+\s*$", masked[: found.start()])
        is_pointer = found[group] == "*" and language in ("c", "cpp", "go")
        # `1e-3`, `return -x` and `char *p` are not arithmetic.
        if is_pointer or (word and re.match(r"return\b|\d[\d.]*[eE]$", word.group())):
            continue
        yield *found.span(group), {"+": "-", "-": "+", "*": "+"}[found[group]]


def _integer(masked: str, language: str) -> Iterator[Change]:
    for found in _INTEGER.finditer(masked):
        yield *found.span(1), str(int(found[1]) + 1)


def _logic(masked: str, language: str) -> Iterator[Change]:
    pattern = r"\b(and|or)\b" if is_indented(language) else r"(&&|\|\|)"
    for found in re.finditer(pattern, masked):
        yield *found.span(1), _LOGIC[found[1]]


def _negation(masked: str, language: str) -> Iterator[Change]:
    if is_indented(language):
        for found in _PYTHON_CONDITION.finditer(masked):
            yield *found.span(1), "not (\0)"
    elif language == "go":
        for found in _GO_CONDITION.finditer(masked):
            yield *found.span(1), "!(\0)"
    else:
        for found in _CONDITION.finditer(masked):
            depth, end = 1, found.end()
            while end < len(masked) and depth:
                depth += {"(": 1, ")": -1}.get(masked[end], 0)
                end += 1
            yield found.end(), end - 1, "!(\0)"


def _statement(masked: str, language: str) -> Iterator[Change]:
    for found in _STATEMENT.finditer(masked):
        yield found.end(1), found.end(), "pass" if is_indented(language) else ""


def _constant_return(masked: str, language: str) -> Iterator[Change]:
    for found in _RETURN.finditer(masked):
        value = _constant_like(found[1].strip(), language)
        if value is not None:
            yield *found.span(1), value


def _null_return(masked: str, language: str) -> Iterator[Change]:
    null = {"python": "None", "javascript": "null"}.get(language)
    if null is not None:
        for found in _RETURN.finditer(masked):
            yield *found.span(1), null


def _constant_like(value: str, language: str) -> str | None:
    """Return a constant of the type that an expression seems to have, or None."""
    true, false = ("True", "False") if is_indented(language) else ("true", "false")
    if value in (true, false):
        return false if value == true else true
    if re.fullmatch(r"-?\d+", value):
        return str(int(value) + 41)
    if value[0] in "\"'`" and value[-1] == value[0] and value.count(value[0]) == 2:
        return '"mutated"'
    if re.search(r"[^<>=!]==[^=]|!=|===|!==|<=|>=| < | > |&&|\|\|", value):
        return "0" if language == "c" else false
    return None


MUTATIONS: dict[str, Callable[[str, str], Iterator[Change]]] = {
    "constant-return": _constant_return,
    "comparison": _comparison,
    "negated-condition": _negation,
    "arithmetic": _arithmetic,
    "and-or": _logic,
    "off-by-one": _integer,
    "dropped-statement": _statement,
    "null-return": _null_return,
}
"""Mutations by name. Each takes a text with comments and strings masked, and its language."""


def mutants(text: str, language: str, *, limit: int | None = None) -> list[Mutant]:
    """Return mutants of a solution; deterministic.

    Mutations take turns, so that the first `limit` mutants are of different kinds. Comments and
    strings stay unchanged. A mutant may be equivalent to the original, which the reader of the
    gate's report has to judge.
    """
    if language == "html":
        queues = [_page_mutants(text)]
    else:
        masked = mask(text, language)
        queues = [
            [_mutant(name, text, change) for change in find(masked, language)]
            for name, find in MUTATIONS.items()
        ]
    result: dict[str, Mutant] = {}
    while any(queues):
        for queue in queues:
            while queue:
                mutant = queue.pop(0)
                if mutant.text != text and mutant.text not in result:
                    result[mutant.text] = mutant
                    break
    return list(result.values())[:limit]


def _mutant(name: str, text: str, change: Change) -> Mutant:
    start, end, replacement = change
    changed = text[:start] + replacement.replace("\0", text[start:end]) + text[end:]
    line = text.count("\n", 0, start)
    before, after = (source.split("\n")[line].strip() for source in (text, changed))
    return Mutant(name, changed, line + 1, before, after)


def _page_mutants(text: str) -> list[Mutant]:
    body = max(text.lower().find("<body"), 0)
    changes: list[tuple[str, Change]] = [
        ("changed-text", (*found.span(1), "mutated")) for found in _PAGE_TEXT.finditer(text, body)
    ]
    changes += [
        ("changed-tag", (*found.span(), f"<span>{found[2]}</span>"))
        for found in _PAGE_TAG.finditer(text, body)
    ]
    return [_mutant(name, text, change) for name, change in changes]
