"""Digests of functions that do not change with names, comments and layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from codem_ray.corpora.compact_map import digest64
from codem_ray.languages import syntax_trees

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MIN_TOKENS = 25
"""Shorter bodies are too common to identify their origin."""
_INTERPOLATIONS = ("interpolation", "template_substitution")
_FUNCTION = re.compile(r"function|method|constructor|lambda")


def function_digests(tree: Tree, language: str) -> Iterator[tuple[str, int]]:
    """Yield name and digest of the body of every function of MIN_TOKENS tokens or more.

    Comments, docstrings and white space are left out. Each identifier is replaced by the number of
    its first use. Literals and the names of attributes and methods are kept.
    """
    for node in syntax_trees.nodes_with_body(tree, language):
        body = node.child_by_field_name("body")
        if not _is_function(node.type) or body is None or body.has_error:
            continue
        # A token has at least one byte, so this body has too few tokens.
        if body.end_byte - body.start_byte < MIN_TOKENS:
            continue
        tokens = list(_tokens(body))
        if len(tokens) >= MIN_TOKENS:
            name = node.child_by_field_name("name") or node.child_by_field_name("declarator")
            yield _text(name) if name is not None else "", digest64(" ".join(tokens))


@cache
def _is_function(node_type: str) -> bool:
    return _FUNCTION.search(node_type) is not None


def _tokens(body: Node) -> Iterator[str]:
    numbers: dict[str, int] = {}
    pending = list(reversed(_without_docstring(body)))
    while pending:
        node = pending.pop()
        if "comment" in node.type or node.type == "line_continuation":
            continue
        if node.type == "identifier":
            text = _text(node)
            yield f"#{numbers.setdefault(text, len(numbers))}"
        elif not node.child_count or ("string" in node.type and not _has_interpolation(node)):
            yield _text(node)
        else:
            pending.extend(reversed(_without_docstring(node)))


def _has_interpolation(string: Node) -> bool:
    """Whether a string contains expressions, whose identifiers must be numbered."""
    return any(
        child.type in _INTERPOLATIONS or ("string" in child.type and _has_interpolation(child))
        for child in string.named_children
    )


def _without_docstring(body: Node) -> list[Node]:
    children = body.children
    first = next((child for child in children if child.is_named), None)
    is_docstring = (
        first is not None
        and first.type == "expression_statement"
        and len(first.named_children) == 1
        and first.named_children[0].type in ("string", "concatenated_string")
    )
    return [child for child in children if child != first] if is_docstring else children


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
