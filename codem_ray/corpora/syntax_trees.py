"""Parses code by the tree-sitter grammar that the file of its language names."""

from __future__ import annotations

import importlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from codem_ray.errors import EnvironmentLackError
from codem_ray.languages import LANGUAGES

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query, Tree

_TRAILING = re.compile(r"[ \t\r]+$", re.MULTILINE)
_ERRORS = "(ERROR) @wrong (MISSING) @wrong"


@dataclass(frozen=True, slots=True)
class Syntax:
    """How well a text is a program of a language."""

    error_share: float
    """Bytes that fit no rule, as a share of all; 0: it parses."""
    first_error_line: int
    """From 1; 0: it parses."""
    last_error_line: int
    """Where the last error ends, from 1; 0: it parses."""

    @property
    def is_clean(self) -> bool:
        """Whether it parses without an error."""
        return self.first_error_line == 0


CLEAN = Syntax(0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Grammar:
    parser: Parser
    errors: Query
    bodies: Query | None
    """None: nothing of the language has a body."""


def has_grammar(language: str) -> bool:
    """Whether the language names a grammar, installed or not."""
    spec = LANGUAGES.get(language)
    return spec is not None and spec.grammar is not None


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether tree-sitter is at hand."""
    return importlib.util.find_spec("tree_sitter") is not None


# Telling a pair's language parses what cleaning parses next.
@lru_cache(maxsize=4)
def tree_of(code: str, language: str) -> Tree:
    """Parse a text by the grammar of a language; raise EnvironmentLackError where it is missing."""
    # Some grammars want an end of line right after an `#include`, and no blanks before it.
    text = _TRAILING.sub("", code) + "\n"
    return _grammar(language).parser.parse(text.encode("utf-8", "replace"))


def parses(code: str, language: str) -> bool:
    """Whether a text is a program of a language, or a piece of one."""
    if not tree_of(code, language).root_node.has_error:
        return True
    frame = LANGUAGES[language].snippet_frame
    if frame is None:
        return False
    return not tree_of(f"{frame[0]}{code}{frame[1]}", language).root_node.has_error


def syntax_of(code: str, language: str, tree: Tree | None = None) -> Syntax:
    """Say how much of a text fits the grammar of a language."""
    from tree_sitter import QueryCursor

    root = (tree or tree_of(code, language)).root_node
    if not root.has_error:
        return CLEAN
    found = QueryCursor(_grammar(language).errors).captures(root).get("wrong", [root])
    # A missing token is nothing wide, and an error all the same.
    spans = sorted((node.start_byte, max(node.end_byte, node.start_byte + 1)) for node in found)
    wrong = reached = 0
    for start, end in spans:
        wrong += max(0, end - max(start, reached))
        reached = max(reached, end)
    length = max(1, root.end_byte - root.start_byte)
    first: Node = min(found, key=lambda node: node.start_byte)
    return Syntax(
        error_share=min(1.0, wrong / length),
        first_error_line=first.start_point[0] + 1,
        last_error_line=max(node.end_point[0] for node in found) + 1,
    )


def nodes_with_body(tree: Tree, language: str) -> list[Node]:
    """Return the nodes that have a field `body`: functions, classes and the like, by place."""
    from tree_sitter import QueryCursor

    bodies = _grammar(language).bodies
    if bodies is None:
        return []
    found = QueryCursor(bodies).captures(tree.root_node).get("whole", [])
    return sorted(found, key=lambda node: node.start_byte)


@cache
def _grammar(language: str) -> _Grammar:
    spec = LANGUAGES[language]
    if spec.grammar is None:
        raise EnvironmentLackError(f"{spec.title} names no grammar: its code cannot be parsed")
    module, _, function = spec.grammar.partition(":")
    try:
        import tree_sitter

        capsule = getattr(importlib.import_module(module), function)()
    except ModuleNotFoundError as error:
        raise EnvironmentLackError(
            f"parsing {spec.title} needs the packages tree-sitter and "
            f"{module.replace('_', '-')} ({error}): pip install 'codem-ray[train]'"
        ) from error
    grammar = tree_sitter.Language(capsule)
    has_bodies = grammar.field_id_for_name("body") is not None
    return _Grammar(
        parser=tree_sitter.Parser(grammar),
        errors=tree_sitter.Query(grammar, _ERRORS),
        bodies=tree_sitter.Query(grammar, "(_ body: (_)) @whole") if has_bodies else None,
    )
