"""Makes sentinels: answers with the right signature that are wrong for every problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import language
from codem_ray.languages.sentinels import Sentinels
from codem_ray.languages.syntax_trees import nodes_with_body, tree_of
from codem_ray.records import Problem

if TYPE_CHECKING:
    from tree_sitter import Node

_ENDS = ("", "}\n", "    }\n}\n", "    pass\n")
"""What may follow a prompt that has no reference. The first that makes a program is used."""
_TYPE_FIELDS = ("return_type", "result", "type")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentinel:
    """One wrong answer."""

    problem: Problem
    name: str
    """What it returns, or "an error"."""
    answer: str


class SentinelError(ValueError):
    """No sentinel can be made for a problem; the message is the reason."""


def sentinels_of(problem: Problem) -> list[Sentinel]:
    """Return the sentinels of a problem.

    Raises:
        SentinelError: the language has none, or the reference does not define the function.
    """
    spec = language(problem.language)
    if spec.sentinels is None:
        raise SentinelError(f"{spec.title} has no sentinels")
    answers = spec.sentinels.answers or _with_other_bodies(problem, spec.sentinels)
    return [Sentinel(problem=problem, name=name, answer=text) for name, text in answers.items()]


def _with_other_bodies(problem: Problem, sentinels: Sentinels) -> dict[str, str]:
    """Return the reference with wrong bodies of the entry point, by the sentinel's name."""
    code, functions = _reference(problem)
    try:
        bodies = [sentinels.bodies(_result_type(function)) for function in functions]
    except KeyError as error:
        raise SentinelError(f"no value is known of the result type {error}") from error
    answers = {}
    for name in bodies[0]:
        answer, end = b"", 0
        for function, by_name in zip(functions, bodies, strict=True):
            body = function.child_by_field_name("body")
            assert body is not None
            # Another overload may return nothing.
            answer += code[end : body.start_byte] + by_name.get(name, bodies[0][name]).encode()
            end = body.end_byte
        answers[name] = (answer + code[end:]).decode()
    return answers


def _reference(problem: Problem) -> tuple[bytes, list[Node]]:
    """Return a whole answer, and the functions in it that have the name of the entry point."""
    ends = _ENDS if problem.reference is None else (problem.reference,)
    for end in ends:
        tree = tree_of(whole_answer(problem, end), problem.language)
        functions: list[Node] = []
        for node in nodes_with_body(tree, problem.language):
            is_inside = bool(functions) and node.start_byte < functions[-1].end_byte
            if not is_inside and _name(node) == problem.entry_point:
                functions.append(node)
        if functions and (problem.reference is not None or not tree.root_node.has_error):
            # The root begins at the first node, offsets count from the beginning of the text.
            root = tree.root_node
            return b"\n" * root.start_byte + (root.text or b""), functions
    raise SentinelError(f"the reference defines no function {problem.entry_point!r}")


def _name(node: Node) -> str:
    """Return the name of a function, or of the variable that it is assigned to."""
    named = node.child_by_field_name("name")
    if named is None and node.parent is not None:
        named = node.parent.child_by_field_name("name")
    return _text(_declarators(node)[-1] if _declarators(node) else named)


def _result_type(function: Node) -> str:
    types = (function.child_by_field_name(field) for field in _TYPE_FIELDS)
    written = next((_text(node) for node in types if node is not None), "")
    signs = {"pointer_declarator": "*", "reference_declarator": "&"}
    return written + "".join(signs.get(node.type, "") for node in _declarators(function))


def _declarators(node: Node) -> list[Node]:
    """Return the declarators of a function in C or C++, which enclose its name, outermost first."""
    found: list[Node] = []
    inner = node.child_by_field_name("declarator")
    while inner is not None:
        found.append(inner)
        is_reference = inner.type == "reference_declarator"
        inner = (
            inner.named_children[-1] if is_reference else inner.child_by_field_name("declarator")
        )
    return found


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""
