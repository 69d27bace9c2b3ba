"""Bodies of functions in syntax trees, and whether they are still to be written."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING

from codem_ray.languages.syntax_trees import is_comment

if TYPE_CHECKING:
    from tree_sitter import Node

    from codem_ray.languages.source_code import ParsedSource

_VALUE_FIELDS = ("body", "value", "right")
_BLOCKS = frozenset({"block", "statement_block", "compound_statement", "statement_list"})
_TO_DO = re.compile(r"to-?do|your (?:code|solution)|implement", re.IGNORECASE)


def value_of(node: Node) -> Node | None:
    """Return the body or the value of a definition; it may be a function."""
    at: Node | None = node
    found: Node | None = None
    while at is not None and found is None:
        children = (at.child_by_field_name(field) for field in _VALUE_FIELDS)
        found = next((child for child in children if child is not None), None)
        at = at.child_by_field_name("declarator")
    return found


def body_of(node: Node) -> Node | None:
    """Return the body of a function, or the value of a variable."""
    found = value_of(node)
    while found is not None and found.type not in _BLOCKS:
        inner = found.child_by_field_name("body")
        if inner is None:
            break
        found = inner
    return found


def is_stub(source: ParsedSource, definition: Node) -> bool:
    """Return whether a definition has no body yet."""
    body = body_of(definition)
    if body is None:
        return True
    if body.type not in _BLOCKS:
        return source.rules.placeholder.fullmatch(source.of(body)[:300]) is not None
    inner = _statements_of(body)
    written = (c for c in inner if not (is_comment(c) or _is_placeholder(source, c)))
    first_two = list(islice(written, 2))
    # A body that only defines functions is a program that follows an unfinished prompt.
    idle = {definition.type, *source.rules.imports}
    if all(child.type in idle for child in chain(first_two, written)):
        return not body.has_error
    if len(first_two) > 1 or not _is_trivial_return(first_two[0]):
        return False
    return any(is_comment(c) and _TO_DO.search(source.of(c)) for c in inner)


def _is_placeholder(source: ParsedSource, statement: Node) -> bool:
    if statement.end_byte - statement.start_byte < 300:
        text = source.of(statement)
        if source.rules.placeholder.fullmatch(text):
            return True
    # A docstring.
    children = statement.named_children if statement.type == "expression_statement" else []
    return len(children) == 1 and children[0].type in source.rules.strings


def _statements_of(body: Node) -> list[Node]:
    """Return the comments and statements of a body, without blocks around all statements."""
    # Python's grammar puts comments before the first statement outside of the block.
    siblings = body.parent.children if body.parent is not None else []
    found = [node for node in siblings if is_comment(node) and node.end_byte <= body.start_byte]
    while True:
        children = body.named_children
        rest = [child for child in children if not is_comment(child)]
        if len(rest) != 1 or rest[0].type not in _BLOCKS:
            return found + children
        found += [child for child in children if is_comment(child)]
        body = rest[0]


def _is_trivial_return(node: Node) -> bool:
    values = node.named_children
    if len(values) == 1 and values[0].type == "expression_list":
        values = values[0].named_children
    return node.type == "return_statement" and (
        not values or (len(values) == 1 and values[0].named_child_count == 0)
    )
