"""Translation of a program's expressions into each of the seven languages."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_BINARY: dict[type, tuple[str, int]] = {
    ast.Add: ("+", 5),
    ast.Sub: ("-", 5),
    ast.Mult: ("*", 6),
    ast.Mod: ("%", 6),
    ast.FloorDiv: ("//", 6),
}
_COMPARED: dict[type, str] = {
    ast.Gt: ">",
    ast.Lt: "<",
    ast.GtE: ">=",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_OPPOSITES: dict[type, type[ast.cmpop]] = {
    ast.Gt: ast.LtE,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_COMPARISON, _NOT, _AND, _OR, _ATOM = 4, 3, 2, 1, 9
SCRIPTS = ("javascript", "typescript")

Types = Mapping[str, str]
"""The type of every variable."""


def negated(condition: ast.expr) -> ast.expr:
    """Negate a condition."""
    if isinstance(condition, ast.Compare):
        opposite = _OPPOSITES[type(condition.ops[0])]()
        return ast.Compare(condition.left, [opposite], condition.comparators)
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        return condition.operand
    return ast.UnaryOp(ast.Not(), condition)


def type_of(node: ast.expr, types: Types, returns: str) -> str:
    """Infer the type of an expression."""
    match node:
        case ast.Constant(value=bool()) | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.Constant(value=str(text)):
            return "char" if text else "str"
        case ast.List():
            return "list"
        case ast.Name(id=name):
            return types[name]
        case ast.Subscript(value=ast.Name(id=name)):
            return {"str": "char", "items": "item"}.get(types[name], "int")
        case ast.Call(func=ast.Name(id="solve")):
            return returns
    return "int"


def expression(node: ast.expr, types: Types, language: str) -> str:
    """Translate an expression; `types` gives the types of the variables."""
    return _written(node, types, language)[0]


def _written(node: ast.expr, types: Types, language: str) -> tuple[str, int]:
    match node:
        case ast.Constant(value=value):
            return _constant(value, language), _ATOM
        case ast.Name(id=name):
            return ("out" if _is_out(name, types, language) else name), _ATOM
        case ast.BinOp(left=left, op=op, right=right):
            symbol, rank = _BINARY[type(op)]
            if symbol == "//" and language in SCRIPTS:
                inside = (
                    f"{_inside(left, 6, types, language)} / {_inside(right, 7, types, language)}"
                )
                return f"Math.floor({inside})", _ATOM
            symbol = "/" if symbol == "//" and language != "python" else symbol
            first = _inside(left, rank, types, language)
            # a - (b - c) and a % (b * c) keep their brackets; a + (b + c) needs none.
            is_loose = symbol == "+" and isinstance(right, ast.BinOp)
            second = _inside(right, rank if is_loose else rank + 1, types, language)
            return f"{first} {symbol} {second}", rank
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            symbol = _COMPARED[type(op)]
            if language in SCRIPTS and symbol in ("==", "!="):
                symbol += "="
            first = _inside(left, _COMPARISON + 1, types, language)
            second = _inside(right, _COMPARISON + 1, types, language)
            return f"{first} {symbol} {second}", _COMPARISON
        case ast.BoolOp(op=op, values=values):
            is_and = isinstance(op, ast.And)
            word = ("and" if is_and else "or") if language == "python" else "&&" if is_and else "||"
            rank = _AND if is_and else _OR
            return f" {word} ".join(_inside(one, rank, types, language) for one in values), rank
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            if isinstance(operand, ast.Compare):
                return _written(negated(operand), types, language)
            mark = "not " if language == "python" else "!"
            rank = _NOT if language == "python" else _ATOM
            return f"{mark}{_inside(operand, rank, types, language)}", rank
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_inside(operand, _ATOM, types, language)}", 8
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return _attribute(name, attribute, language), _ATOM
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return _element(name, expression(index, types, language), types, language), _ATOM
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return _length(name, types, language), _ATOM
        case ast.Call(func=ast.Name(id="solve"), args=arguments):
            written = ", ".join(expression(one, types, language) for one in arguments)
            return f"solve({written})", _ATOM
    raise TypeError(f"no expression of a program: {ast.dump(node)}")


def _inside(node: ast.expr, least: int, types: Types, language: str) -> str:
    text, rank = _written(node, types, language)
    return text if rank >= least else f"({text})"


def _constant(value: object, language: str) -> str:
    if isinstance(value, bool):
        return str(value) if language == "python" else str(value).lower()
    if isinstance(value, str):
        is_quoted_twice = language in ("python", *SCRIPTS) or not value
        return f'"{value}"' if is_quoted_twice else f"'{value}'"
    return str(value)


def _is_out(name: str, types: Types, language: str) -> bool:
    # In C the caller allocates a result that is not a single value.
    return language == "c" and name == "result" and types.get(name) in ("list", "str")


def _attribute(name: str, attribute: str, language: str) -> str:
    if language == "python":
        return f'{name}["{attribute}"]'
    return f"{name}.{attribute}" + ("()" if language == "java" else "")


def _element(name: str, index: str, types: Types, language: str) -> str:
    if _is_out(name, types, language):
        return f"out[{index}]"
    if language == "java" and types[name] == "str":
        return f"{name}.charAt({index})"
    if language == "java" and name == "result":
        return f"{name}.get({index})"
    return f"{name}[{index}]"


def _length(name: str, types: Types, language: str) -> str:
    if language in ("python", "go"):
        return f"len({name})"
    if language in SCRIPTS:
        return f"{name}.length"
    if language == "cpp":
        return f"{name}.size()"
    if language == "c":
        if _is_out(name, types, language):
            return "size"
        return f"strlen({name})" if types[name] == "str" else "n"
    if name == "result":
        return f"{name}.size()"
    return f"{name}.length" + ("()" if types[name] == "str" else "")
