"""Finds the definitions that a program needs, in its own text and in other texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from codem_ray.languages.source_code import Definition, ParsedSource, rules_of, source_of

if TYPE_CHECKING:
    from tree_sitter import Node

_VALUES = frozenset(
    {"True", "False", "None", "true", "false", "null", "nil", "nullptr", "NULL"}
    | {"new", "Map", "Set", "Array"}
)


def names_by_statement(definitions: Iterable[Definition]) -> dict[int, set[str]]:
    """Map the first byte of each top-level statement to the names that it defines."""
    names: dict[int, set[str]] = {}
    for name, _, statement in definitions:
        names.setdefault(statement.start_byte, set()).add(name)
    return names


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
    code: str,
    others: Iterable[ParsedSource],
    *,
    without: Iterable[str],
    only_reusable: bool = False,
) -> list[str]:
    """Return the statements of other sources that code needs, directly or indirectly, in order.

    These are definitions without syntax errors, and variables with a constant value, because any
    other value could come from an example. With `only_reusable`, a source with any other statement
    is skipped, because it shows how the answer is used, and a source of headers alone is
    always needed.
    """
    found: list[tuple[ParsedSource, Node, frozenset[str]]] = []
    needed: set[int] = set()
    language = None
    for source in others:
        language = source.language
        named = names_by_statement(source.definitions)
        block = [
            (source, node, frozenset(named.get(node.start_byte, ())))
            for node in source.statements
            if node.is_named and not _is_comment_or_string(source, node)
        ]
        if only_reusable and all(node.type in source.rules.headers for _, node, _ in block):
            needed.update(range(len(found), len(found) + len(block)))
            found += block
            continue
        usable = [part for part in block if _is_reusable(*part, only_reusable)]
        if not only_reusable or len(usable) == len(block):
            found += usable
    if not found or language is None:
        return []
    program = source_of(code, language)
    bound = {definition.name for definition in program.definitions}
    bound |= rules_of(language).predefined | set(without)
    missing = list(program.words() - bound)
    by_name: dict[str, list[int]] = {}
    for at, (_, _, names) in enumerate(found):
        for name in names:
            by_name.setdefault(name, []).append(at)
    while missing:
        name = missing.pop()
        for at in by_name.get(name, ()):
            source, node, names = found[at]
            if name in bound or names.intersection(without):
                continue
            needed.add(at)
            bound |= names
            missing += source.words(node).intersection(by_name) - bound
    return [found[at][0].of(found[at][1]) for at in sorted(needed)]


def _is_comment_or_string(source: ParsedSource, node: Node) -> bool:
    """Return whether a statement is a comment or a string."""
    return not source.words(node)


def _is_reusable(source: ParsedSource, node: Node, names: frozenset[str], is_strict: bool) -> bool:
    rules = source.rules
    if node.has_error or not names:
        return False
    nodes = [found.node for found in source.definitions if found.statement == node]
    if any(source.value_words(found) - _VALUES for found in nodes):
        return False
    is_variable = node.type == "expression_statement" and rules.is_indented
    return not (is_strict and is_variable) or all(map(str.isupper, names))
