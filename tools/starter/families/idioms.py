"""Loops that Python, JavaScript and TypeScript write as one expression."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from tools.starter.families.expressions import JAVASCRIPT_LIKE, Types, expression, negated

_WITH_IDIOMS = ("python", *JAVASCRIPT_LIKE)


@dataclass(frozen=True, slots=True)
class _Loop:
    """`for name in source: if condition: action`."""

    name: str
    source: ast.expr
    condition: ast.expr | None
    action: ast.stmt


def as_one_expression(body: Sequence[ast.stmt], types: Types, language: str) -> str | None:
    """Return the body as one expression; None if it needs statements."""
    if language not in _WITH_IDIOMS:
        return None
    match body:
        case [
            ast.Assign(targets=[ast.Name(id=name)], value=start),
            ast.For() as loop,
            ast.Return(),
        ]:
            found = _loop(loop)
            returned = body[2].value  # type: ignore[attr-defined]
            if found is None or returned is None:
                return None
            return _gathered(name, start, found, returned, types, language)
        case [ast.For() as loop, ast.Return(value=ast.Constant(value=bool(otherwise)))]:
            found = _loop(loop)
            return None if found is None else _decided(found, otherwise, types, language)
    return None


def _loop(loop: ast.For) -> _Loop | None:
    if not isinstance(loop.target, ast.Name) or len(loop.body) != 1:
        return None
    first = loop.body[0]
    if isinstance(first, ast.If):
        if first.orelse or len(first.body) != 1:
            return None
        return _Loop(loop.target.id, loop.iter, first.test, first.body[0])
    return _Loop(loop.target.id, loop.iter, None, first)


def _gathered(
    name: str, start: ast.expr, loop: _Loop, returned: ast.expr, types: Types, language: str
) -> str | None:
    match start, loop.action:
        case ast.Constant(value=""), ast.AugAssign(value=ast.Name(id=added)) if added == loop.name:
            return _joined(loop, types, language)
        case ast.Constant(value=0), ast.AugAssign(op=ast.Add(), value=added):
            text = _summed(loop, added, types, language)
            return None if text is None else _around(returned, name, text, types, language)
        case ast.List(), ast.Expr(value=ast.Call(args=[added])):
            return _listed(loop, added, types, language)
    return None


def _around(returned: ast.expr, name: str, text: str, types: Types, language: str) -> str:
    """Replace a variable by the sum that it holds."""
    whole = expression(returned, types, language)
    return text if whole == name else whole.replace(name, text)


def _generator(loop: _Loop, value: str, types: Types) -> str:
    source = iterated(loop.source, types)
    if loop.condition is None:
        return source if value == loop.name else f"{value} for {loop.name} in {source}"
    test = expression(loop.condition, types, "python")
    return f"{value} for {loop.name} in {source} if {test}"


def iterated(source: ast.expr, types: Types) -> str:
    """Return the iterable of a Python loop."""
    if isinstance(source, ast.Call):
        arguments = ", ".join(expression(argument, types, "python") for argument in source.args)
        if isinstance(source.func, ast.Name) and source.func.id == "range":
            return f"range({arguments})"
    return expression(source, types, "python")


def _is_list(loop: _Loop, types: Types) -> bool:
    return isinstance(loop.source, ast.Name) and types[loop.source.id] in ("list", "items")


def _filtered(loop: _Loop, types: Types, language: str) -> str:
    source = expression(loop.source, types, language)
    if loop.condition is None:
        return source
    return f"{source}.filter(({loop.name}) => {expression(loop.condition, types, language)})"


def _summed(loop: _Loop, added: ast.expr, types: Types, language: str) -> str | None:
    value = expression(added, types, language)
    if language == "python":
        return f"sum({_generator(loop, value, types)})"
    if not _is_list(loop, types):
        return None
    if value == "1":
        return f"{_filtered(loop, types, language)}.length"
    return f"{_filtered(loop, types, language)}.reduce((total, {loop.name}) => total + {value}, 0)"


def _listed(loop: _Loop, added: ast.expr, types: Types, language: str) -> str | None:
    value = expression(added, types, language)
    if value == loop.name and loop.condition is None:
        return None
    if language == "python":
        return f"[{_generator(loop, value, types)}]"
    if not _is_list(loop, types):
        return None
    mapped = "" if value == loop.name else f".map(({loop.name}) => {value})"
    return f"{_filtered(loop, types, language)}{mapped}"


def _joined(loop: _Loop, types: Types, language: str) -> str | None:
    if not isinstance(loop.source, ast.Name) or loop.condition is None:
        return None
    if language == "python":
        return f'"".join({_generator(loop, loop.name, types)})'
    return _filtered(loop, types, language).replace("s.", "[...s].", 1) + '.join("")'


def _decided(loop: _Loop, otherwise: bool, types: Types, language: str) -> str | None:
    condition = loop.condition
    match loop.action:
        case ast.Return(value=ast.Constant(value=bool(answer))) if answer != otherwise:
            pass
        case _:
            return None
    if condition is None or (otherwise and not isinstance(condition, ast.Compare)):
        return None
    asked = negated(condition) if otherwise else condition
    text = expression(asked, types, language)
    if language == "python":
        word = "all" if otherwise else "any"
        return f"{word}({text} for {loop.name} in {iterated(loop.source, types)})"
    if not _is_list(loop, types):
        return None
    word = "every" if otherwise else "some"
    return f"{expression(loop.source, types, language)}.{word}(({loop.name}) => {text})"
