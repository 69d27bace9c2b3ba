"""Finds the definitions that a program needs, in its own text and in other texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from codem_ray.languages.source_code import ParsedSource

if TYPE_CHECKING:
    from tree_sitter import Node

_VALUES = frozenset(
    {"True", "False", "None", "true", "false", "null", "nil", "nullptr", "NULL"}
    | {"new", "Map", "Set", "Array"}
)


def needed_names(source: ParsedSource, wanted: str) -> set[str]:
    """Return the names that a definition uses, directly or through others of the same source."""
    statements: dict[str, list[Node]] = {}
    for name, _, statement in source.definitions:
        statements.setdefault(name, []).append(statement)
    found, missing = {wanted}, [wanted]
    while missing:
        for statement in statements.get(missing.pop(), ()):
            new = source.words(statement).intersection(statements) - found
            found |= new
            missing += new
    return found


def needed_statements(
    program: ParsedSource,
    others: Iterable[ParsedSource],
    *,
    without: Iterable[str],
    only_reusable: bool = False,
) -> list[str]:
    """Return the statements of other sources that a program needs, directly or indirectly.

    These are definitions without syntax errors, and variables with a constant value, because any
    other value could come from an example. With `only_reusable`, a source with any other statement
    is skipped, because it shows how the answer is used, and a source of headers alone is
    always needed.
    """
    found: list[tuple[ParsedSource, Node]] = []
    needed: set[int] = set()
    for source in others:
        # Comments and strings have no words.
        block = [node for node in source.statements if node.is_named and source.words(node)]
        usable = [node for node in block if _is_reusable(source, node, only_reusable)]
        if only_reusable and all(node.type in source.rules.headers for node in block):
            usable = block
            needed.update(range(len(found), len(found) + len(block)))
        if not only_reusable or len(usable) == len(block):
            found += [(source, node) for node in usable]
    by_name: dict[str, list[int]] = {}
    for at, (source, node) in enumerate(found):
        for name in source.names_in(node):
            by_name.setdefault(name, []).append(at)
    bound = {definition.name for definition in program.definitions}
    bound |= program.rules.predefined.union(without)
    missing = list(program.words())
    while missing:
        name = missing.pop()
        for at in by_name.get(name, ()):
            source, node = found[at]
            names = source.names_in(node)
            if name not in bound and not names.intersection(without):
                needed.add(at)
                bound |= names
                missing += source.words(node)
    return [found[at][0].of(found[at][1]) for at in sorted(needed)]


def _is_reusable(source: ParsedSource, statement: Node, is_strict: bool) -> bool:
    rules, names = source.rules, source.names_in(statement)
    if statement.has_error or not names:
        return False
    nodes = [found.node for found in source.definitions if found.statement == statement]
    if any(source.value_words(node) - _VALUES for node in nodes):
        return False
    is_variable = statement.type == "expression_statement" and rules.is_indented
    return not (is_strict and is_variable) or all(map(str.isupper, names))
