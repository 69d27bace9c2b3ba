"""Reads C and C++ sources as far as the line between an answer and its tests needs."""

from __future__ import annotations

import re

_SPLICE = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_DEFINE = re.compile(
    r"^[ \t\f\v]*(?:#|%:|\?\?=)[ \t\f\v]*define[ \t\f\v]+([A-Za-z_]\w*).*$", re.MULTILINE
)
_FUNCTION = re.compile(
    r"^(?!typedef\b|using\b|return\b|else\b)[A-Za-z_][\w:<>,&* \t]*?[\s*&](\w+)"
    r"\s*\([^;{}()]*\)\s*\{",
    re.MULTILINE,
)
_RESULT = r"^(?P<result>[A-Za-z_][\w:<>,&* \t]*?[\s*&]){name}\s*\("
_STANDARD = {
    "NULL": "0",
    "true": "1",
    "false": "0",
    "bool": "_Bool",
    "INT_MAX": "__INT_MAX__",
    "INT_MIN": "(-__INT_MAX__ - 1)",
    "M_PI": "3.14159265358979323846",
    "EXIT_SUCCESS": "0",
}
"""Macros of the system's headers that an answer may define itself and tests use."""


def without_macros(answer: str, given: str, *, is_cpp: bool) -> list[str]:
    """Return directives after which no macro of an answer is left.

    Those that the benchmark itself defines in `given` are defined again as it does.
    """
    ours: dict[str, str] = {}
    for match in _DEFINE.finditer(_spliced(given)):
        ours[match[1]] = match[0].strip()
    lines = []
    for name in dict.fromkeys(_defined(answer)):
        if name in ("defined", "__VA_ARGS__"):
            continue
        lines.append(f"#undef {name}")
        if name in ours:
            lines.append(ours[name])
        elif name in _STANDARD and not (is_cpp and name in ("true", "false", "bool")):
            lines.append(f"#define {name} {_STANDARD[name]}")
    return lines


def _defined(source: str) -> list[str]:
    text = _spliced(source)
    # A comment in a string is none: whatever may be a definition is taken for one.
    return [
        match[1] for text in (text, _COMMENT.sub(" ", text)) for match in _DEFINE.finditer(text)
    ]


def _spliced(source: str) -> str:
    return _SPLICE.sub("", source)


def functions_of(tests: str) -> list[str]:
    """Return the names of the functions that tests define, but for main."""
    code = _NOT_CODE.sub(" ", tests)
    return [name for name in dict.fromkeys(_FUNCTION.findall(code)) if name != "main"]


def returns_value(prompt: str, entry_point: str, tests: str) -> bool:
    """Say whether a prompt declares a function of plain result that its tests call by name."""
    name = re.escape(entry_point)
    found = re.search(_RESULT.format(name=name), _NOT_CODE.sub(" ", prompt), re.MULTILINE)
    if found is None or re.search(rf"(?:\.|->|::)\s*{name}\b", tests):
        return False
    words = set(re.findall(r"[A-Za-z_]\w*", found["result"]))
    return bool(words) and words <= _PLAIN_WORDS


_PLAIN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "std boost bool char short int long unsigned signed float double const string vector map "
        "set pair tuple unordered_map unordered_set list deque array optional any size_t int64_t "
        "int32_t uint64_t uint32_t uint8_t",
    )
)
