"""Gives a Java answer the class `Solution` that the tests call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codem_ray.languages.java_source import without_package_and_public
from codem_ray.languages.source_code import ParsedSource, source_of
from codem_ray.languages.syntax_trees import is_comment

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPES = frozenset(
    {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}
    | {"annotation_type_declaration"}
)
_PRIVATE_CONSTRUCTOR = re.compile(r"\b(?:private|protected)\s+(Solution\s*\()")
_INNER = (b"private", b"protected", b"static")


def with_solution_class(program: str, entry_point: str | None) -> str:
    """Return a program whose entry point is a method of a top-level class `Solution`.

    Methods and fields outside of a class get one. A class of another name that holds the entry
    point is renamed. A class `Solution` inside of another is extended by one at the top. A class
    `Main` that nothing uses is removed. No class is public: the file has another name. The tests
    may create a `Solution` whose constructor is private.
    """
    return _PRIVATE_CONSTRUCTOR.sub(r"\1", _with_solution_class(program, entry_point))


def _with_solution_class(program: str, entry_point: str | None) -> str:
    source = source_of(without_package_and_public(program), "java")
    members = [
        node
        for node in source.statements
        if not is_comment(node)
        and node.type not in source.rules.imports | {";"}
        and (node.type not in _TYPES or _has_inner_modifier(source, node))
    ]
    types = {name: node for name, node, _ in source.definitions if node.type in _TYPES}
    outer = {name: node for name, node in types.items() if node in source.statements}
    if members and "Solution" not in outer:
        return _wrapped(source)
    if "Solution" in outer:
        return _without_unused_main(source, outer)
    holder = _holder(source, entry_point)
    if "Solution" in types:
        return _with_subclass(source, types["Solution"])
    return source.renamed({holder: "Solution"}) if holder else source.text


def _has_inner_modifier(source: ParsedSource, node: Node) -> bool:
    modifiers = next((c for c in node.children if c.type == "modifiers"), None)
    words = source.of(modifiers).encode().split() if modifiers is not None else []
    return any(word in words for word in _INNER)


def _wrapped(source: ParsedSource) -> str:
    imports = [node for node in source.statements if node.type in source.rules.imports]
    body = source.without(imports).strip("\n")
    lines = "".join(f"{source.of(node)}\n" for node in imports)
    return f"{lines}class Solution {{\n{body}\n}}\n"


def _holder(source: ParsedSource, entry_point: str | None) -> str | None:
    """Return the name of the top-level class that defines the entry point as a method."""
    for name, node, statement in source.definitions:
        if name == entry_point and node.type == "method_declaration":
            return next((f.name for f in source.definitions if f.node == statement), None)
    return None


def _with_subclass(source: ParsedSource, inner: Node) -> str:
    path, at = [], inner.parent
    while at is not None:
        if at.type in _TYPES and (name := at.child_by_field_name("name")) is not None:
            path.append(source.of(name))
        at = at.parent
    start = inner.start_byte
    modifiers = next((c for c in inner.children if c.type == "modifiers"), None)
    end = modifiers.end_byte if modifiers is not None else start
    parent = ".".join([*reversed(path), "Solution"])
    body = f"{source.slice(0, start)}static {source.slice(end, len(source.code)).lstrip()}"
    return f"{body.rstrip()}\n\nclass Solution extends {parent} {{}}\n"


def _without_unused_main(source: ParsedSource, outer: dict[str, Node]) -> str:
    main = outer.get("Main")
    if main is None:
        return source.text
    others = [node for node in source.statements if node != main]
    is_used = any("Main" in source.words(node) for node in others)
    return source.text if is_used else source.without([main])
