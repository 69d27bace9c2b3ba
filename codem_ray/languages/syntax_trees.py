"""Syntax trees of code, by the tree-sitter grammar that each language names."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from codem_ray.errors import EnvironmentLackError
from codem_ray.languages import LANGUAGES

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query, Tree

_TRAILING_SPACE = re.compile(r"[ \t\r]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Syntax:
    """The syntax errors of a text."""

    error_share: float
    """Bytes inside of errors, as a share of all."""
    first_error_line: int
    """Line in which the first error begins, from 1; 0 without an error."""
    last_error_line: int
    """Line in which the last error ends, from 1; 0 without an error."""


@dataclass(frozen=True, slots=True)
class _Grammar:
    language: Language
    errors: Query
    bodies: Query | None
    """Nodes that have a field `body`; None if the grammar has no such field."""


def has_grammar(language: str) -> bool:
    """Return whether the language names a grammar, installed or not."""
    spec = LANGUAGES.get(language)
    return spec is not None and spec.grammar is not None


# Cached because cleaning parses again what labelling has just parsed.
@lru_cache(maxsize=4)
def tree_of(code: str, language: str) -> Tree:
    """Parse code; raise EnvironmentLackError if the language's grammar is not installed."""
    # Some grammars require a line end directly after an `#include`.
    text = _TRAILING_SPACE.sub("", code) + "\n"
    return parse(text.encode("utf-8", "replace"), language)


def parse(code: bytes, language: str) -> Tree:
    """Parse code as it is; raise EnvironmentLackError if the grammar is not installed."""
    grammar = _grammar(language).language
    from tree_sitter import Parser

    # A parser is for one thread, and cells are judged in several.
    return Parser(grammar).parse(code)


def parses(code: str, language: str) -> bool:
    """Whether code is a program of a language, or a part of one, without a syntax error."""
    if not tree_of(code, language).root_node.has_error:
        return True
    frame = LANGUAGES[language].snippet_frame
    if frame is None:
        return False
    return not tree_of(f"{frame[0]}{code}{frame[1]}", language).root_node.has_error


def syntax_of(code: str, language: str, tree: Tree | None = None) -> Syntax:
    """Measure the syntax errors of code."""
    from tree_sitter import QueryCursor

    root = (tree or tree_of(code, language)).root_node
    if not root.has_error:
        return Syntax(0.0, 0, 0)
    errors = QueryCursor(_grammar(language).errors).captures(root).get("error", [root])
    # A missing token has no width but counts as one byte.
    spans = sorted((node.start_byte, max(node.end_byte, node.start_byte + 1)) for node in errors)
    wrong = reached = 0
    for start, end in spans:
        wrong += max(0, end - max(start, reached))
        reached = max(reached, end)
    length = max(1, root.end_byte - root.start_byte)
    first = min(errors, key=lambda node: node.start_byte)
    return Syntax(
        error_share=min(1.0, wrong / length),
        first_error_line=first.start_point[0] + 1,
        last_error_line=max(node.end_point[0] for node in errors) + 1,
    )


@cache
def node_types(language: str) -> frozenset[str]:
    """Return the types of the named nodes of a language's grammar."""
    grammar = _grammar(language).language
    ids = range(grammar.node_kind_count)
    kinds = (grammar.node_kind_for_id(i) for i in ids if grammar.node_kind_is_named(i))
    return frozenset(kind for kind in kinds if kind)


def nodes_of(root: Node, language: str, types: frozenset[str]) -> list[Node]:
    """Return the nodes of some types, in order; one that contains others comes first."""
    from tree_sitter import QueryCursor

    found = QueryCursor(_query(language, types)).captures(root).get("node", [])
    return sorted(found, key=lambda node: (node.start_byte, -node.end_byte))


def is_comment(node: Node) -> bool:
    """Return whether a node is a comment."""
    return node.type.endswith("comment")


def nodes_with_body(tree: Tree, language: str) -> list[Node]:
    """Return the nodes that have a field `body` (functions, classes, loops), in order."""
    from tree_sitter import QueryCursor

    bodies = _grammar(language).bodies
    if bodies is None:
        return []
    found = QueryCursor(bodies).captures(tree.root_node).get("whole", [])
    return sorted(found, key=lambda node: node.start_byte)


@cache
def _query(language: str, types: frozenset[str]) -> Query:
    from tree_sitter import Query

    # Releases of a grammar differ in their types of nodes.
    known = types & node_types(language)
    return Query(_grammar(language).language, " ".join(f"({type_}) @node" for type_ in known))


@cache
def _grammar(language: str) -> _Grammar:
    spec = LANGUAGES[language]
    if spec.grammar is None:
        raise EnvironmentLackError(f"{spec.title} names no grammar, so its code cannot be parsed")
    module, _, function = spec.grammar.partition(":")
    try:
        import tree_sitter

        capsule = getattr(importlib.import_module(module), function)()
    except ModuleNotFoundError as error:
        raise EnvironmentLackError(
            f"parsing {spec.title} needs the packages tree-sitter and "
            f"{module.replace('_', '-')} ({error}): pip install codem-ray, with its dependencies"
        ) from error
    grammar = tree_sitter.Language(capsule)
    has_bodies = grammar.field_id_for_name("body") is not None
    return _Grammar(
        language=grammar,
        errors=tree_sitter.Query(grammar, "(ERROR) @error (MISSING) @error"),
        bodies=tree_sitter.Query(grammar, "(_ body: (_)) @whole") if has_bodies else None,
    )
