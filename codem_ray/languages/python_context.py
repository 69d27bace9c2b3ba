"""Selects the parts of a benchmark's supplied code that a Python program needs."""

from __future__ import annotations

import ast
import functools
import re

from codem_ray.languages.python_syntax import parse_python

_WORD = re.compile(r"\w+")
"""Also matches words in strings, because a program may look a name up."""


def needed_context(context: str, text: str) -> str:
    """Return a benchmark's context without imports whose names do not occur in `text`.

    The imports that HumanEval puts before each program take longer than most programs.
    """
    statements = _statements(context)
    if statements is None:
        return context
    others = "\n".join(source for name, source in statements if name is None)
    words = set(_WORD.findall(f"{text}\n{others}"))
    return "".join(f"{source}\n" for name, source in statements if name is None or name in words)


@functools.lru_cache(maxsize=1024)
def _statements(context: str) -> tuple[tuple[str | None, str], ...] | None:
    """Return the statements of a module, each with the name that it imports if it is an import.

    An import of several names becomes several statements. The name is None for statements that are
    always kept. The result is None for a context that does not parse.
    """
    try:
        tree = parse_python(context)
    except (SyntaxError, ValueError):
        return None
    statements: list[tuple[str | None, str]] = []
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            statements.append((None, ast.unparse(node)))
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            single = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            statements.append((None if alias.name == "*" else name, ast.unparse(single)))
    return tuple(statements)


_DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)


def prompt_helpers(prompt: str, entry_point: str | None, tests: str) -> str:
    """Return the imports and helpers of a prompt, if the tests use any of them; else nothing.

    The tests get these from the prompt, so an answer cannot replace them. A prompt is a module
    whose last function may have no body; a function without a body is not a helper.
    """
    if entry_point is None:
        return ""
    for text in (prompt, f"{prompt.rstrip()}\n    pass\n", f"{prompt.rstrip()}\n        pass\n"):
        try:
            tree = parse_python(text)
        except (SyntaxError, ValueError):
            continue
        body = tree.body if text is prompt else tree.body[:-1]
        kept = [
            node
            for node in body
            if isinstance(node, ast.Import | ast.ImportFrom)
            or (isinstance(node, _DEFINITIONS) and not _belongs_to_answer(node, entry_point))
        ]
        words = set(_WORD.findall(tests))
        if not any(name in words or name == "*" for node in kept for name in _bound_names(node)):
            return ""
        return "".join(f"{ast.unparse(node)}\n" for node in kept)
    return ""


def _bound_names(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }


def _belongs_to_answer(node: ast.stmt, entry_point: str) -> bool:
    """Return whether the answer writes this: the entry point, its class, or a bodiless function."""
    if entry_point in _bound_names(node):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(
            isinstance(child, ast.Pass)
            or (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
            for child in node.body
        )
    return isinstance(node, ast.ClassDef) and any(
        _belongs_to_answer(child, entry_point) for child in node.body
    )
