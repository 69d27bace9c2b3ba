"""Separates code from the sentences around it in text without fences."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from codem_ray.languages.source_code import ParsedSource, has_rules, rules_of, source_of
from codem_ray.languages.syntax_trees import is_comment

if TYPE_CHECKING:
    from tree_sitter import Node

_INLINE_CODE = re.compile(r"`[^`\n]*`|\*\*|\([\w\s,.'’/^*-]*\)")
_SENTENCE = re.compile(
    r"[ \t]*(?:[-*+•>]+[ \t]+|\d+[.)][ \t]+|#{1,6}[ \t]+)?[^\W_]"
    r"(?:[\w\s,.:;!?'’\"“”/%&-]|[^\x00-\x7f])*"
)
_FULL_STOP = re.compile(r"[A-Z][\w'’]*(?:[\s,]+\S+){3,}[.!?]")
_MANY_WORDS = re.compile(r"\w[^\w\s]*\s+[^\w\s]*\w")
_STATEMENT_END = re.compile(r"[;{}\[\]=]\s*$")


def looks_like_prose(line: str) -> bool:
    """Return whether a line could be a sentence; it could still be code."""
    if _FULL_STOP.fullmatch(line.strip()):
        return True
    bare = _INLINE_CODE.sub(" x ", line.rstrip())
    if _SENTENCE.fullmatch(bare) is None or _STATEMENT_END.search(bare):
        return False
    return bool(_MANY_WORDS.search(bare)) or bare[-1] in ".:!?"


def is_only_prose(text: str, language: str) -> bool:
    """Return whether every line of a text reads as a sentence and none as code."""
    return all(not line.strip() or _is_prose(line, language) for line in text.splitlines())


@lru_cache(maxsize=512)
def _is_prose(line: str, language: str) -> bool:
    return looks_like_prose(line) and not (has_rules(language) and _parses(line.strip(), language))


def _parses(line: str, language: str) -> bool:
    """Return whether a line is a statement with an effect, or opens a block."""
    for text in (line, line + rules_of(language).block_end):
        source = ParsedSource(text, language)
        if not source.root.has_error:
            return not all(is_idle(source, node) for node in source.root.named_children)
    return False


def is_idle(source: ParsedSource, node: Node) -> bool:
    """Return whether a statement is an expression without an effect, such as a word or a title."""
    effects = source.rules.effects
    if node.type == "labeled_statement":
        return True
    if node.type != "expression_statement" or not effects:
        return node.is_error
    inner = node.named_children
    if len(inner) == 1 and inner[0].type == "assignment":
        # `Note: text` reads as an annotation.
        type_ = inner[0].child_by_field_name("type")
        has_value = inner[0].child_by_field_name("right") is not None
        return type_ is not None and not has_value and type_.descendant_count > 4
    return not any(child.type in effects for child in inner)


def without_prose(text: str, language: str) -> str:
    """Return a text without the sentences around its code.

    A line is removed if it reads as a sentence, is no statement by itself, is not part of a
    statement that the tree accepts as a whole, and is not indented below a line of code.
    """
    source = source_of(text, language)
    if not source.root.has_error and not any(is_idle(source, node) for node in source.statements):
        return source.text
    accepted = _accepted_lines(source)
    kept: list[str] = []
    for at, line in enumerate(source.text.split("\n")):
        # `price int` in a Go struct reads as a sentence.
        is_inside = line[:1].isspace() and bool(kept) and bool(kept[-1].strip())
        is_code = is_inside or at in accepted or not _is_prose(line, language)
        kept.append(line if is_code else "")
    return "\n".join(kept).lstrip("\n")


def _accepted_lines(source: ParsedSource) -> set[int]:
    """Return the lines of whole statements, comments and strings."""
    kept: set[int] = set()
    stack = list(source.statements)
    while stack:
        node = stack.pop()
        first, last = source.row(node.start_byte), source.row(node.end_byte)
        is_token = is_comment(node) or node.type in source.rules.strings
        if is_token or not (node.has_error or is_idle(source, node)):
            line_end = source.code.find(b"\n", node.end_byte)
            rest = source.code[node.end_byte : line_end if line_end >= 0 else None].strip()
            if source.first_column(node) and (is_token or not rest or rest[:1] in b";#/"):
                kept.update(range(first, last + 1))
        elif last > first:
            stack += node.children
    return kept


def cut_to_code(source: ParsedSource, entry: Node) -> str:
    """Return a source without errors and statements without effect; the entry point stays."""
    dropped = [
        node
        for node in source.statements
        if not is_comment(node)
        and not (node.start_byte <= entry.start_byte and entry.end_byte <= node.end_byte)
        and (node.has_error or is_idle(source, node))
    ]
    return source.without(dropped)
