"""Changes an answer in C or C++ so that a missing return value cannot pass by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def with_checked_end(answer: str, entry_point: str, *, is_cpp: bool) -> str:
    """Return an answer whose entry point is killed if it ends without the value that it promises.

    The compilers accept such a function, and the caller takes for its value what a register happens
    to hold, which may be what the tests expect.
    """
    # It needs the table of languages, which needs this module.
    from codem_ray.languages.syntax_trees import nodes_with_body, parse

    source, name = answer.encode("utf-8", "replace"), entry_point.encode()
    language = "cpp" if is_cpp else "c"
    for node in reversed(nodes_with_body(parse(source, language), language)):
        end = node.end_byte - 1
        if _promises_value(node, name) and source[end : end + 1] == b"}":
            source = source[:end] + b"__builtin_trap();" + source[end:]
    return source.decode()


def _promises_value(node: Node, name: bytes) -> bool:
    """Return whether a node defines a function of this name with a result other than void."""
    if node.type != "function_definition":
        return False
    result, declarator = (node.child_by_field_name(field) for field in ("type", "declarator"))
    # A function with a deduced result may have none.
    is_void = result is not None and result.text in (b"void", b"auto")
    while declarator is not None and declarator.type != "function_declarator":
        # A pointer to void is a value. A reference has no field for what it refers to.
        is_void = False
        inner = declarator.child_by_field_name("declarator"), *declarator.named_children
        declarator = next(filter(None, inner), None)
    named = declarator and declarator.child_by_field_name("declarator")
    return named is not None and named.text == name and not is_void
