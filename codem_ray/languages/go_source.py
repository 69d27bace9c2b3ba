"""Reads Go sources: imports, tests and declared names; repairs import declarations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The groups leave out surrounding blanks: in masked text these may be part of a comment.
_PACKAGE = re.compile(r"^[ \t]*(package[ \t]+\w+(?:[ \t]*;)?)[ \t]*$", re.MULTILINE)
_DECLARATION = re.compile(
    r"^[ \t]*(import\s*(?:\([^)]*\)|(?:[\w.]+[ \t]+)?(?:\"[^\"\n]+\"|`[^`\n]+`))(?:[ \t]*;)?)",
    re.MULTILINE,
)
_CONSTRAINT = re.compile(r"^//go:build\b.*$", re.MULTILINE)
_SPEC = re.compile(r"(?:([\w.]+)[ \t]+)?[\"`]([^\"`\n]+)[\"`]")
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
TOKEN = re.compile(r"\w+|[^\w\s]|\n")
_NO_END = {*"\n;,.+-*/%&|^<>=!:([{", "var", "const", "type", "func"}
"""Tokens after which a line break does not end a statement."""
PREDECLARED = frozenset(
    re.findall(
        r"\w+",
        "append bool byte cap close complex complex64 complex128 copy delete error false float32 "
        "float64 imag int int8 int16 int32 int64 iota len make new nil panic print println real "
        "recover rune string true uint uint8 uint16 uint32 uint64 uintptr any",
    )
)
"""The predeclared names of Go 1.18. Later versions added others (`max`), which stay allowed."""
_TEST = re.compile(r"^func[ \t]+(Test\w*)[ \t]*\([ \t]*\w+[ \t]+\*testing\.T[ \t]*\)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """One line of an import declaration."""

    name: str
    """The name that code uses for the package, or `_` or `.`."""
    path: str
    is_renamed: bool

    def __str__(self) -> str:
        return f'{self.name} "{self.path}"' if self.is_renamed else f'"{self.path}"'


def masked(source: str, *, keep_literals: bool = False) -> str:
    """Return a source with comments and the contents of literals blanked, at the same length."""

    def blank(match: re.Match[str]) -> str:
        text = match[0]
        if text.startswith("/"):
            return re.sub(r"[^\n]", " ", text)
        if keep_literals:
            return text
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]

    return _NOT_CODE.sub(blank, source)


def _without(pattern: re.Pattern[str], source: str) -> str:
    """Return a source without the first group of each match in its code; line breaks stay."""
    kept, end = [], 0
    for match in pattern.finditer(masked(source)):
        kept += [source[end : match.start(1)], "\n" * match[1].count("\n")]
        end = match.end(1)
    return "".join((*kept, source[end:]))


def _imports(source: str) -> list[Import]:
    found = []
    code = masked(source, keep_literals=True)
    for match in _DECLARATION.finditer(masked(source)):
        for name, path in _SPEC.findall(code[match.start(1) + len("import") : match.end(1)]):
            found.append(
                Import(name=name or path.rsplit("/", 1)[-1], path=path, is_renamed=bool(name))
            )
    return found


def import_paths(source: str) -> set[str]:
    """Return the paths that a source imports."""
    return {found.path for found in _imports(source)}


def names_of_tests(source: str) -> list[str]:
    """Return the names of the test functions of a source, in order."""
    return _TEST.findall(source)


def needed_imports(answer: str, supplied: set[str]) -> tuple[list[Import], str]:
    """Return the imports that an answer needs, and the answer without import declarations.

    Unused imports of `supplied` packages are left out, and `supplied` packages that are used are
    added. Any other unused import stays and remains a compile error.
    """
    # The compiler refuses a build constraint behind an import.
    body = _CONSTRAINT.sub("", _without(_DECLARATION, answer))
    code = _NOT_CODE.sub(" ", body)
    kept: list[Import] = []
    for found in _imports(answer):
        is_used = found.name in "_." or bool(re.search(rf"\b{re.escape(found.name)}\s*\.", code))
        if (is_used or found.path not in supplied) and found not in kept:
            kept.append(found)
    names = {found.name for found in kept}
    for path in sorted(supplied):
        name = path.rsplit("/", 1)[-1]
        if name not in names and _uses_package(code, name):
            kept.append(Import(name=name, path=path, is_renamed=False))
            names.add(name)
    return kept, body


def _uses_package(code: str, name: str) -> bool:
    """Return whether `name.Exported` occurs where no parameter or variable has that name."""
    if name in _package_level_names(code):
        return False
    uses = re.finditer(rf"(?<![\w.]){re.escape(name)}\.[A-Z]", code)
    return any(not _is_variable(code, name, use.start()) for use in uses)


def _is_variable(code: str, name: str, at: int) -> bool:
    """Return whether the function around a place declares a name before it."""
    start = code.rfind("\nfunc ", 0, at) + 1
    line = max(start, code.rfind("\n", 0, at))
    declared = rf"\b{name}\b(?:\s*,\s*\w+)*\s*:=|\bvar\s+{name}\b"
    parameter = rf"[(,]\s*{name}(?:\s*,\s*\w+)*\s+[\w*\[]"
    # A variable is in scope after its statement: `bytes := bytes.NewReader(b)`.
    return bool(re.search(declared, code[start:line]) or re.search(parameter, code[start:at]))


def add_context(program: str, context: str, helpers: Sequence[str]) -> str:
    """Return a program with a benchmark's helpers, and with the imports that it needs of it."""
    if not context and not helpers:
        return program
    imports, body = needed_imports(program, import_paths(context))
    block = "".join(f"\t{found}\n" for found in imports)
    given = "".join(f"{helper}\n\n" for helper in helpers)
    return (f"import (\n{block})\n\n" if imports else "") + given + body.lstrip("\n")


def fix_imports(answer: str, supplied: set[str]) -> str:
    """Return an answer with exactly the imports that it needs, on its first line."""
    kept, body = needed_imports(answer, supplied)
    if not kept:
        return body
    # All imports go on the first line, so that the lines of the answer keep their numbers.
    return f"import ({'; '.join(map(str, kept))}); {body}"


def with_imports(source: str, supplied: set[str]) -> str:
    """Return a source as part of package main, with its imports fixed."""
    return f"package main; {fix_imports(_without(_PACKAGE, source), supplied)}\n"


def mentions(source: str, name: str) -> bool:
    """Return whether a name occurs anywhere in a source, also if written with string escapes."""
    if name in source:
        return True
    texts = (match[0] for match in _NOT_CODE.finditer(source) if match[0].startswith('"'))
    return any(name in _ESCAPE.sub(_unescape, text) for text in texts)


def _unescape(match: re.Match[str]) -> str:
    number = match[1] or match[3] or match[4]
    if number:
        return chr(min(int(number, 16), 0x10FFFF))
    return chr(int(match[2], 8)) if match[2] else match[5]


def redefined_names(answer: str, tests: str) -> list[str]:
    """Return the predeclared names that an answer redefines and that the tests use."""
    declared = PREDECLARED & _package_level_names(_NOT_CODE.sub(" ", answer))
    used = re.findall(r"\w+", _NOT_CODE.sub(" ", tests))
    return sorted(declared.intersection(used))


def _package_level_names(code: str) -> set[str]:
    """Return the names that the declarations outside functions declare."""
    names: set[str] = set()
    depth, kind, is_group, is_name = 0, "", False, False
    last = "\n"
    for token in TOKEN.findall(code):
        if token == "\n" and last in _NO_END:
            continue
        if token in "{[(":
            if token == "(" and depth == 0 and is_name and kind != "func":
                is_group = True
            else:
                depth += 1
                # The name after the receiver of a method is not a package-level name.
                is_name = is_name and depth > 1
        elif token in "}])":
            if depth == 0:
                is_group, kind = False, ""
            depth = max(0, depth - 1)
        elif depth:
            pass
        elif token in "\n;":
            is_name = is_group
        elif last in "\n;" and token in ("var", "const", "type", "func"):
            kind, is_name = token, True
        elif is_name:
            names.add(token)
            is_name = False
        elif token == "," and last in names and kind in ("var", "const"):
            is_name = True
        last = token
    return names
