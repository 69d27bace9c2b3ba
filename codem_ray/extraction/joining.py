"""Finds the Python statements that an answer needs and that stand outside of it.

No source is parsed: it is a model's, and may be nested as deep as it likes. Other languages are not
looked at.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence

from codem_ray.extraction.lexis import chunks, mask

_IMPORT = re.compile(
    r"(?:import|from[ \t]+[\w.]+[ \t]+import)\b[ \t]*\(?(?P<listed>[\w.,\s]+)\)?\s*"
)
_IMPORTED = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<alias>\w+))?")
_DEFINITION = re.compile(r"(?:@[^\n]*\n\s*)*(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)")
# Without a name in its value: it could be an example's, and fail.
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
_TYPED = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: (?P<code>[^\n]*))?$", re.M)


def names_of(statement: str) -> frozenset[str] | None:
    """Return what an import, a definition or a constant names; None: it is none of these.

    A comment, or a string that stands alone, names nothing.
    """
    code = mask(statement, "python").strip()
    if not code or code[0] in "\"'":
        return frozenset()
    if (imported := _IMPORT.fullmatch(code)) is not None:
        items = [item.strip() for item in imported["listed"].split(",") if item.strip()]
        found = [_IMPORTED.fullmatch(item) for item in items]
        return frozenset(one["alias"] or one["path"].partition(".")[0] for one in found if one)
    if (defined := _DEFINITION.match(code)) is not None:
        return frozenset({defined["name"]})
    constant = _CONSTANT.fullmatch(code)
    if constant is None or not _is_balanced(constant["value"]):
        return None
    return frozenset({constant["name"]})


def _is_balanced(value: str) -> bool:
    return all(value.count(a) == value.count(b) for a, b in ("[]", "{}")) and value.strip() != ""


def needed(code: str, statements: Sequence[str], *, without: str | None = None) -> list[str]:
    """Return those of `statements` that `code`, or one of them, uses and lacks, in order.

    None that names `without`. What nobody lacks is looked at by its head alone: there may be very
    many statements.
    """
    places: dict[str, list[int]] = {}
    for place, statement in enumerate(statements):
        for name in _heads(statement):
            places.setdefault(name, []).append(place)
    masked = mask(code, "python")
    bound = _bound(masked) | set(dir(builtins)) | {without}
    lacking = list(_words(masked) - bound)
    taken: set[int] = set()
    while lacking:
        name = lacking.pop()
        for place in places.get(name, ()):
            names = names_of(statements[place])
            if name in bound or not names or without in names:
                continue
            taken.add(place)
            bound |= names
            lacking += _words(mask(statements[place], "python")) - bound
    return [statements[place] for place in sorted(taken)]


def _heads(statement: str) -> Iterable[str]:
    """Return what a statement may name, as far as its head tells."""
    head = _HEAD.match(statement)
    if head is None:
        return ()
    return names_of(statement) or () if head["import"] else (head["defined"] or head["assigned"],)


def _words(masked: str) -> set[str]:
    return set(re.findall(r"(?<![.\w])[^\W\d]\w*", masked))


def _bound(masked: str) -> set[str]:
    names: set[str] = set()
    for found in _BINDING.finditer(masked):
        names |= {found[1] or found[2]} if found[1] or found[2] else _words(found[0])
    return names


def joined(chosen: str, others: Iterable[str], supplied: str) -> str:
    """Return a block with what it needs of other blocks put before it.

    Only of those that hold nothing but imports, definitions and constants in capitals: a block that
    does something shows how the answer is used. What `supplied` defines is not lacking.
    """
    own = _bound(mask(supplied, "python"))
    statements: list[str] = []
    for text in others:
        block = [chunk.code for chunk in chunks(text, "python")]
        named = [_part(statement) for statement in block]
        if None not in named:
            statements += [
                statement
                for statement, names in zip(block, named, strict=True)
                if names and not names & own
            ]
    found = needed(chosen, statements)
    # A future import must stay the first statement.
    future = list(_FUTURE.finditer(chosen))
    cut = future[-1].end() if future else 0
    return chosen[:cut] + "".join(f"{one}\n\n" for one in found) + chosen[cut:]


def _part(statement: str) -> frozenset[str] | None:
    names = names_of(statement)
    head = _HEAD.match(statement)
    is_constant = head is not None and head["assigned"] is not None
    return None if is_constant and names and not all(map(str.isupper, names)) else names


def typed(text: str) -> str:
    """Return what was typed in a transcript of Python's prompt, without its replies."""
    return "".join(f"{line['code'] or ''}\n" for line in _TYPED.finditer(text))
