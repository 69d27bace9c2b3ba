"""Translation of the expressions of a starter program into the languages of the kit.

An expression is a Python AST. It becomes Python, JavaScript, TypeScript, C, C++, Java or Go.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from enum import IntEnum


class _Precedence(IntEnum):
    """Precedence of operators, the loosest first.

    Python's `not` has NOT; the `!` of the other languages binds as tightly as an atom.
    """

    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    PRODUCT = 6
    NEGATIVE = 7
    ATOM = 8


_BINARY: dict[type, tuple[str, _Precedence]] = {
    ast.Add: ("+", _Precedence.SUM),
    ast.Sub: ("-", _Precedence.SUM),
    ast.Mult: ("*", _Precedence.PRODUCT),
    ast.Mod: ("%", _Precedence.PRODUCT),
    ast.FloorDiv: ("//", _Precedence.PRODUCT),
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
JAVASCRIPT_LIKE = ("javascript", "typescript")

Types = Mapping[str, str]
"""The type of every variable, by its name: `int`, `bool`, `str`, `char` (one character), `list` (of
integers), `items` (a list of records) or `item` (a record)."""


def negated(condition: ast.expr) -> ast.expr:
    """Return the opposite of a condition."""
    if isinstance(condition, ast.Compare):
        opposite = _OPPOSITES[type(condition.ops[0])]()
        return ast.Compare(condition.left, [opposite], condition.comparators)
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        return condition.operand
    return ast.UnaryOp(ast.Not(), condition)


def type_of(node: ast.expr, types: Types, returns: str) -> str:
    """Infer the type of an expression; `returns` is the type of a call of `solve`.

    A string constant is a character, except the empty string. All other expressions are integers.
    """
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
    return _translate(node, types, language)[0]


def _translate(node: ast.expr, types: Types, language: str) -> tuple[str, _Precedence]:
    """Return the text of an expression and the precedence of its outermost operator."""
    match node:
        case ast.Constant(value=value):
            return _constant(value, language), _Precedence.ATOM
        case ast.Name(id=name):
            return ("out" if _is_out_buffer(name, types, language) else name), _Precedence.ATOM
        case ast.BinOp(left=left, op=op, right=right):
            symbol, rank = _BINARY[type(op)]
            if symbol == "//" and language in JAVASCRIPT_LIKE:
                dividend = _operand(left, rank, types, language)
                divisor = _operand(right, rank + 1, types, language)
                return f"Math.floor({dividend} / {divisor})", _Precedence.ATOM
            symbol = "/" if symbol == "//" and language != "python" else symbol
            first = _operand(left, rank, types, language)
            # Only `+` is associative: a + (b + c) needs no brackets, a - (b - c) keeps them.
            is_associative = symbol == "+"
            second = _operand(right, rank if is_associative else rank + 1, types, language)
            return f"{first} {symbol} {second}", rank
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            symbol = _COMPARED[type(op)]
            if language in JAVASCRIPT_LIKE and symbol in ("==", "!="):
                symbol += "="
            rank = _Precedence.COMPARISON
            # Comparisons cannot be chained, so a comparison that is an operand needs brackets.
            first = _operand(left, rank + 1, types, language)
            second = _operand(right, rank + 1, types, language)
            return f"{first} {symbol} {second}", rank
        case ast.BoolOp(op=op, values=values):
            is_and = isinstance(op, ast.And)
            word = ("and" if is_and else "or") if language == "python" else "&&" if is_and else "||"
            rank = _Precedence.AND if is_and else _Precedence.OR
            operands = (_operand(value, rank, types, language) for value in values)
            return f" {word} ".join(operands), rank
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            if isinstance(operand, ast.Compare):
                return _translate(negated(operand), types, language)
            operator = "not " if language == "python" else "!"
            rank = _Precedence.NOT if language == "python" else _Precedence.ATOM
            return f"{operator}{_operand(operand, rank, types, language)}", rank
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_operand(operand, _Precedence.ATOM, types, language)}", _Precedence.NEGATIVE
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return _attribute(name, attribute, language), _Precedence.ATOM
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return _element(
                name, expression(index, types, language), types, language
            ), _Precedence.ATOM
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return _length(name, types, language), _Precedence.ATOM
        case ast.Call(func=ast.Name(id="solve"), args=arguments):
            joined = ", ".join(expression(argument, types, language) for argument in arguments)
            return f"solve({joined})", _Precedence.ATOM
    raise TypeError(f"a starter program cannot contain the expression {ast.dump(node)}")


def _operand(node: ast.expr, least: int, types: Types, language: str) -> str:
    """Translate an operand; put it in brackets if its precedence is lower than `least`."""
    text, rank = _translate(node, types, language)
    return text if rank >= least else f"({text})"


def _constant(value: object, language: str) -> str:
    if isinstance(value, bool):
        return str(value) if language == "python" else str(value).lower()
    if isinstance(value, str):
        # The other languages write a character in single quotes.
        uses_double_quotes = language in ("python", *JAVASCRIPT_LIKE) or not value
        return f'"{value}"' if uses_double_quotes else f"'{value}'"
    return str(value)


def _is_out_buffer(name: str, types: Types, language: str) -> bool:
    """Whether a variable is the result that a C function writes to its caller's memory.

    In C a list or string result is written to the caller's buffer `out`, of length `size`; `n` is
    the length of an input list.
    """
    return language == "c" and name == "result" and types.get(name) in ("list", "str")


def _attribute(name: str, attribute: str, language: str) -> str:
    if language == "python":
        return f'{name}["{attribute}"]'
    return f"{name}.{attribute}" + ("()" if language == "java" else "")


def _element(name: str, index: str, types: Types, language: str) -> str:
    if _is_out_buffer(name, types, language):
        return f"out[{index}]"
    if language == "java" and types[name] == "str":
        return f"{name}.charAt({index})"
    if language == "java" and name == "result":
        return f"{name}.get({index})"
    return f"{name}[{index}]"


def _length(name: str, types: Types, language: str) -> str:
    if language in ("python", "go"):
        return f"len({name})"
    if language in JAVASCRIPT_LIKE:
        return f"{name}.length"
    if language == "cpp":
        return f"{name}.size()"
    if language == "c":
        if _is_out_buffer(name, types, language):
            return "size"
        return f"strlen({name})" if types[name] == "str" else "n"
    # Java: a result is a List, an input is an array or a String.
    if name == "result":
        return f"{name}.size()"
    return f"{name}.length" + ("()" if types[name] == "str" else "")
