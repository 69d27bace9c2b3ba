"""Finds Python statements outside an answer that the answer needs.

A model's source is never parsed here, because deep nesting could crash the parser.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence

from codem_ray.extraction.masking import mask
from codem_ray.extraction.statements import split_statements

_IMPORT = re.compile(
    r"(?:import|from[ \t]+[\w.]+[ \t]+import)\b[ \t]*\(?(?P<listed>[\w.,\s]+)\)?\s*"
)
_IMPORTED = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<alias>\w+))?")
_DEFINITION = re.compile(r"(?:@[^\n]*\n\s*)*(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)")
# The value holds no names: it could come from an example, and fail.
_CONSTANT = re.compile(
    r"(?P<name>[^\W\d]\w*)[ \t]*(?::[^=\n]+)?=(?!=)"
    r"(?P<value>(?:[^\w()]|\d[\w.]*+|(?:True|False|None)\b)+)"
)
_HEAD = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*(?:(?P<import>import|from)\b"
    r"|(?:@[^\n]*\n\s*)*(?:async[ \t]+)?(?:def|class)[ \t]+(?P<defined>\w+)"
    r"|(?P<assigned>[^\W\d]\w*)[ \t]*(?::[^=\n]+)?=(?!=))"
)
_BINDING = re.compile(
    r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)"
    r"|^[ \t]*(?:import|from)\b(?:[^\n(]|\([^)]*\))*",
    re.M,
)
_FUTURE = re.compile(r"^from __future__ import[^\n]*\n", re.M)
_PROMPT_LINE = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: (?P<code>[^\n]*))?$", re.M)


def names_bound_by(statement: str) -> frozenset[str] | None:
    """Return the names that an import, definition or constant binds; None for other statements.

    A statement that is only a comment or a string binds no name.
    """
    code = mask(statement, "python").strip()
    if not code or code[0] in "\"'":
        return frozenset()
    if (imported := _IMPORT.fullmatch(code)) is not None:
        items = [item.strip() for item in imported["listed"].split(",") if item.strip()]
        found = [_IMPORTED.fullmatch(item) for item in items]
        return frozenset(
            match["alias"] or match["path"].partition(".")[0] for match in found if match
        )
    if (defined := _DEFINITION.match(code)) is not None:
        return frozenset({defined["name"]})
    constant = _CONSTANT.fullmatch(code)
    if constant is None or not _is_balanced(constant["value"]):
        return None
    return frozenset({constant["name"]})


def _is_balanced(value: str) -> bool:
    return all(value.count(a) == value.count(b) for a, b in ("[]", "{}")) and value.strip() != ""


def needed_statements(
    code: str, statements: Sequence[str], *, without: str | None = None
) -> list[str]:
    """Return the statements that `code` needs, directly or indirectly, in order.

    Statements that bind `without` are left out. There may be very many statements, so only the head
    of a statement is read until the statement is needed.
    """
    positions: dict[str, list[int]] = {}
    for at, statement in enumerate(statements):
        for name in _heads(statement):
            positions.setdefault(name, []).append(at)
    masked = mask(code, "python")
    bound = _bound(masked) | set(dir(builtins)) | {without}
    missing = list(_words(masked) - bound)
    needed: set[int] = set()
    while missing:
        name = missing.pop()
        for at in positions.get(name, ()):
            names = names_bound_by(statements[at])
            if name in bound or not names or without in names:
                continue
            needed.add(at)
            bound |= names
            missing += _words(mask(statements[at], "python")) - bound
    return [statements[at] for at in sorted(needed)]


def _heads(statement: str) -> Iterable[str]:
    """Return the names that a statement may bind, judged by its head."""
    head = _HEAD.match(statement)
    if head is None:
        return ()
    return (
        names_bound_by(statement) or ()
        if head["import"]
        else (head["defined"] or head["assigned"],)
    )


def _words(masked: str) -> set[str]:
    return set(re.findall(r"(?<![.\w])[^\W\d]\w*", masked))


def _bound(masked: str) -> set[str]:
    names: set[str] = set()
    for found in _BINDING.finditer(masked):
        names |= {found[1] or found[2]} if found[1] or found[2] else _words(found[0])
    return names


def add_needed_statements(chosen: str, others: Iterable[str], supplied: str) -> str:
    """Put the statements that a block needs from other blocks in front of it.

    Only blocks that consist of imports, definitions and constants in capitals are used; any other
    block shows how the answer is called. Names that `supplied` defines are not missing.
    """
    supplied_names = _bound(mask(supplied, "python"))
    statements: list[str] = []
    for text in others:
        block = [statement.code for statement in split_statements(text, "python")]
        bound = [_reusable_names(statement) for statement in block]
        if None not in bound:
            statements += [
                statement
                for statement, names in zip(block, bound, strict=True)
                if names and not names & supplied_names
            ]
    found = needed_statements(chosen, statements)
    cut = end_of_future_imports(chosen)
    return chosen[:cut] + "".join(f"{statement}\n\n" for statement in found) + chosen[cut:]


def end_of_future_imports(code: str) -> int:
    """Return the position where statements can be inserted: after the future imports."""
    found = list(_FUTURE.finditer(code))
    return found[-1].end() if found else 0


def _reusable_names(statement: str) -> frozenset[str] | None:
    """Return the names that a statement binds; None if its block must not be used."""
    names = names_bound_by(statement)
    head = _HEAD.match(statement)
    is_constant = head is not None and head["assigned"] is not None
    return None if is_constant and names and not all(map(str.isupper, names)) else names


def transcript_input(text: str) -> str:
    """Return the input lines of an interactive Python session, without its output."""
    return "".join(f"{line['code'] or ''}\n" for line in _PROMPT_LINE.finditer(text))
