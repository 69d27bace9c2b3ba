"""Reads and mends the import declarations of Go sources."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PACKAGE = re.compile(r"^[ \t]*package[ \t]+\w+[ \t]*;?[ \t]*$", re.MULTILINE)
_DECLARATION = re.compile(
    r"^[ \t]*import\s*(?:\(([^)]*)\)|((?:[\w.]+[ \t]+)?(?:\"[^\"\n]+\"|`[^`\n]+`)))[ \t]*;?",
    re.MULTILINE,
)
_SPEC = re.compile(r"(?:([\w.]+)[ \t]+)?[\"`]([^\"`\n]+)[\"`]")
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_TEST = re.compile(r"^func[ \t]+(Test\w*)[ \t]*\([ \t]*\w+[ \t]+\*testing\.T[ \t]*\)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """One line of an import declaration."""

    name: str
    """The name that code uses; `_` and `.` as written."""
    path: str
    is_renamed: bool

    def __str__(self) -> str:
        return f'{self.name} "{self.path}"' if self.is_renamed else f'"{self.path}"'


def _imports(source: str) -> list[Import]:
    found = []
    for block, single in _DECLARATION.findall(source):
        lines = re.sub(r"//[^\n]*|/\*.*?\*/", "", block or single, flags=re.DOTALL)
        for name, path in _SPEC.findall(lines):
            found.append(
                Import(name=name or path.rsplit("/", 1)[-1], path=path, is_renamed=bool(name))
            )
    return found


def import_paths(source: str) -> set[str]:
    """Return the paths that a source imports."""
    return {one.path for one in _imports(source)}


def names_of_tests(source: str) -> list[str]:
    """Return the names of the test functions of a source, in order."""
    return _TEST.findall(source)


def fix_imports(answer: str, supplied: set[str]) -> str:
    """Drop unused imports that the benchmark supplied, and add supplied ones that are used.

    An unused import of the answer's own choice stays, and stays an error.
    """
    body = _DECLARATION.sub(_blank_lines, answer)
    code = _NOT_CODE.sub(" ", body)
    kept: list[Import] = []
    for one in _imports(answer):
        is_used = one.name in "_." or bool(re.search(rf"\b{re.escape(one.name)}\s*\.", code))
        if (is_used or one.path not in supplied) and one not in kept:
            kept.append(one)
    names = {one.name for one in kept}
    for path in sorted(supplied):
        name = path.rsplit("/", 1)[-1]
        if name not in names and re.search(rf"(?<![\w.]){re.escape(name)}\.\w", code):
            kept.append(Import(name=name, path=path, is_renamed=False))
            names.add(name)
    if not kept:
        return body
    # On the first line: the lines of the answer keep their numbers.
    return f"import ({'; '.join(map(str, kept))}); {body}"


def with_imports(source: str, supplied: set[str]) -> str:
    """Return a source of package main with its imports mended."""
    return f"package main; {fix_imports(_PACKAGE.sub('', source), supplied)}\n"


def _blank_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
