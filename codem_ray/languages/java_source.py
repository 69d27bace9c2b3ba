"""Rewrites Java sources so that an answer cannot redefine what the tests of its package use."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL,
)
_DECLARED = re.compile(r"\b(?:class|interface|enum|record)\s+(\w+)")
_MODIFIERS = {"public", "private", "protected", "static", "final", "synchronized"}
_LIBRARY = {
    "java.lang": (
        "AssertionError Boolean Byte Character CharSequence Class Comparable Double Enum Error "
        "Exception Float IllegalArgumentException Integer Iterable Long Math Number Object "
        "Override Runnable RuntimeException Short StrictMath String StringBuilder System Thread "
        "Throwable"
    ),
    "java.util": (
        "ArrayDeque ArrayList Arrays BitSet Collection Collections Comparator Deque HashMap "
        "HashSet Iterator LinkedHashMap LinkedHashSet LinkedList List Map Objects Optional "
        "OptionalDouble OptionalInt PriorityQueue Queue Random Scanner Set SortedMap SortedSet "
        "Stack TreeMap TreeSet Vector"
    ),
    "java.util.stream": "Collectors IntStream Stream",
}
_PLAIN = _MODIFIERS | {
    *("boolean", "byte", "char", "short", "int", "long", "float", "double"),
    *("Boolean", "Byte", "Character", "Short", "Integer", "Long", "Float", "Double"),
    *("String", "Object", "Number", "List", "ArrayList", "LinkedList", "Set", "HashSet", "Map"),
    *("HashMap", "Optional", "Collection", "BigInteger", "BigDecimal", "java", "util", "lang"),
    *("LinkedHashMap", "LinkedHashSet"),
}
"""Words of a result type that consists of library types only."""


def library_imports(tests: str, imports: list[str], supplied: str) -> list[str]:
    """Return imports by name of the library classes that tests use and `supplied` does not declare.

    The answer is in the tests' package. Its classes take precedence over java.lang and over imports
    with `*`, but not over imports by name.
    """
    used = set(re.findall(r"\b[A-Z]\w*\b", _masked(tests)))
    declared = set(_DECLARED.findall(_masked(f"{supplied}\n{tests}")))
    named = {line.rstrip("; \t").rpartition(".")[2] for line in imports}
    # Always imported, because an answer may have a class called `codem`.
    lines = ["import codem.CodemPlain;"]
    for package, names in _LIBRARY.items():
        wanted = re.compile(rf"import\s+{re.escape(package)}\s*\.\s*\*")
        if package != "java.lang" and not any(wanted.match(line) for line in imports):
            continue
        lines += [
            f"import {package}.{name};"
            for name in names.split()
            if name in used and name not in declared and name not in named
        ]
    return lines


def clashing_imports(imports: Sequence[str], answer: str) -> list[str]:
    """Return the imports whose class an answer declares itself or imports from elsewhere."""
    code = _masked(answer)
    declared = set(_DECLARED.findall(code))
    own = set(re.findall(r"\bimport\s+([\w.]+)\s*;", code))
    clashes = []
    for line in imports:
        path = line.removeprefix("import").strip("; \t")
        name = path.rpartition(".")[2]
        is_other = any(other != path and other.rpartition(".")[2] == name for other in own)
        if name in declared or (is_other and name != "*"):
            clashes.append(line)
    return clashes


_CALL = re.compile(
    r"(?:\bnew\s+\w+\s*\(\s*\)\s*\.|(?<![\w.)\]])\w+\s*\.|(?<=[=(,!&|?:+<>-])(?=\s*\w))"
    r"\s*(\w+)\s*\("
)
"""A method call; the group is the name."""
_CALLED = re.compile(r"\b(\w+)\s*\(")
_OF_TYPES = f"{string.ascii_letters}{string.digits}_<>[],.?{string.whitespace}"
"""Characters of a result type."""


def with_plain_results(tests: str, prompt: str, entry_point: str | None) -> str:
    """Return tests that pass each result of the entry point through CodemPlain.

    Tests are unchanged unless the prompt declares a result of library types. Then an object of a
    class that the answer declares is no valid result. Lines keep their numbers.
    """
    if not entry_point or not _has_plain_result(prompt, entry_point):
        return tests
    masked = _masked(tests)
    for match in reversed([call for call in _CALL.finditer(masked) if call[1] == entry_point]):
        end = _closing(masked, match.end())
        if end is None:
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        inside = f"CodemPlain.of({tests[start:end]})"
        tests = tests[:start] + inside + tests[end:]
        masked = masked[:start] + inside + masked[end:]
    return tests


TUPLE_TYPES = ("Unit", "Pair", "Triplet", "Quartet", "Quintet")
"""Classes of the library javatuples."""


def _has_plain_result(prompt: str, entry_point: str) -> bool:
    masked = _masked(prompt)
    plain = _PLAIN.union(TUPLE_TYPES) if "import org.javatuples." in masked else _PLAIN
    for match in _CALLED.finditer(masked):
        if match[1] != entry_point:
            continue
        before = masked[: match.start()]
        declared = before[len(before.rstrip(_OF_TYPES)) :]
        if len(declared) > 1 and declared[-1].isspace():
            words = set(re.findall(r"\w+", declared))
            return bool(words - _MODIFIERS) and words <= plain
    return False


_TOP_LEVEL = re.compile(
    r"[{}]|\bpackage\s+[\w.\s]+;|\bpublic\b[ \t]?"
    # Before a class, not before a method outside a class.
    r"(?=(?:[\w\s-]|@[\w.]++(?:\([^()]*\))?){0,400}?\b(?:class|interface|enum|record)\s+\w)"
)


def without_package_and_public(source: str) -> str:
    """Return a source without its package clause and without `public` before top-level classes.

    Java requires a public class to be in a file of its own name.
    """
    kept, depth, end = [], 0, 0
    for found in _TOP_LEVEL.finditer(_masked(source)):
        if found[0] in "{}":
            depth = max(0, depth + (1 if found[0] == "{" else -1))
        elif depth == 0:
            kept.append(source[end : found.start()] + "\n" * found[0].count("\n"))
            end = found.end()
    return "".join(kept) + source[end:]


def _masked(source: str) -> str:
    """Return a source with comments and literals blanked, at the same length."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def _closing(code: str, start: int) -> int | None:
    """Return the end of the parenthesis that opens just before `start`; None if it has no end."""
    depth = 1
    for at in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return None
