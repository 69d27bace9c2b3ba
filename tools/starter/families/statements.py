"""Translation of a program's statements into each of the seven languages.

A family writes its program once, in a small part of Python: numbers, one-letter strings, lists that
grow, loops over a list, a string or a range, conditions, early returns, and calls of `solve`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from tools.starter.families.expressions import JAVASCRIPT_LIKE, expression, type_of
from tools.starter.families.idioms import as_one_expression, iterated
from tools.starter.families.signatures import Signature

_ITEM_OF = {"list": "int", "items": "item", "str": "char"}
_LOCAL_TYPES = {"int": "int", "char": "char", "bool": "bool"}


@lru_cache(maxsize=4096)
def _parsed(program: str) -> tuple[ast.stmt, ...]:
    return tuple(ast.parse(program).body)


def tail(program: str, signature: Signature, language: str) -> str:
    """Return the body of `solve` and its end, to follow the head."""
    body = _parsed(program)
    printer = _Printer(body, signature, language)
    one = as_one_expression(body, printer.types, language)
    if one is None:
        lines = printer.block(body, set(signature.types))
        if language == "c" and signature.returns == "str":
            lines.pop()
    else:
        lines = [f"return {one}{printer.end}"]
    unit = "\t" if language == "go" else "    "
    depth = 2 if language == "java" else 1
    text = [_indented(line, unit, depth) for line in lines]
    closing = {"python": [], "java": ["    }", "}"]}.get(language, ["}"])
    return "\n".join([*text, *closing, ""])


def _indented(line: str, unit: str, depth: int) -> str:
    bare = line.lstrip("\t")
    return unit * (depth + len(line) - len(bare)) + bare


class _Printer:
    """A printer of statements that tracks the types and the mutability of variables."""

    def __init__(self, body: Sequence[ast.stmt], signature: Signature, language: str) -> None:
        self.language = language
        self.returns = signature.returns
        self.end = "" if language in ("python", "go") else ";"
        self.types = dict(signature.types)
        changes: Counter[str] = Counter()
        for node in (one for statement in body for one in ast.walk(statement)):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    changes[name] += 1
                    self.types.setdefault(name, type_of(value, self.types, self.returns))
                case ast.AugAssign(target=ast.Name(id=name)):
                    changes[name] += 1
                case ast.For(target=ast.Name(id=name), iter=ast.Name(id=source)):
                    self.types[name] = _ITEM_OF[self.types[source]]
                case ast.For(target=ast.Name(id=name)):
                    self.types[name] = "int"
        self.is_fixed = {name for name, count in changes.items() if count == 1}

    def text(self, node: ast.expr) -> str:
        """Return an expression as code."""
        return expression(node, self.types, self.language)

    def block(self, body: Sequence[ast.stmt], declared: set[str]) -> list[str]:
        """Return statements as code; a variable belongs to the block that first assigns it."""
        known = set(declared)
        return [line for statement in body for line in self._lines(statement, known)]

    def _lines(self, statement: ast.stmt, declared: set[str]) -> list[str]:
        match statement:
            case ast.Return(value=ast.expr() as value):
                return self._return(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                is_new = name not in declared
                declared.add(name)
                return [self._assigned(name, value, is_new=is_new)]
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                return [self._changed(name, op, value)]
            case ast.Expr(value=ast.Call(args=[value])):
                return [self._appended(self.text(value))]
            case ast.If():
                return self._if(statement, declared)
            case ast.While(test=test, body=body):
                condition = self.text(test)
                opening = {"python": f"while {condition}", "go": f"for {condition}"}.get(
                    self.language, f"while ({condition})"
                )
                return self._braced(opening, self.block(body, declared))
            case ast.For():
                return self._for(statement, declared)
        raise TypeError(f"no statement of a program: {ast.dump(statement)}")

    def _return(self, value: ast.expr) -> list[str]:
        is_result = isinstance(value, ast.Name) and value.id == "result"
        if self.language == "c" and is_result and self.returns == "list":
            return ["return size;"]
        if self.language == "c" and is_result and self.returns == "str":
            return ["out[size] = '\\0';", "return;"]
        if self.language == "java" and is_result and self.returns == "str":
            return ["return result.toString();"]
        return [f"return {self.text(value)}{self.end}"]

    def _assigned(self, name: str, value: ast.expr, *, is_new: bool) -> str:
        kind, language = self.types[name], self.language
        text = self.text(value) if not isinstance(value, ast.List) else ""
        if not is_new:
            return f"{name} = {text}{self.end}"
        if kind in ("list", "str"):
            return {
                "python": f"{name} = []" if kind == "list" else f'{name} = ""',
                "javascript": f"const {name} = [];" if kind == "list" else f'let {name} = "";',
                "typescript": (
                    f"const {name}: number[] = [];" if kind == "list" else f'let {name} = "";'
                ),
                "c": "int size = 0;",
                "cpp": f"std::{'vector<int>' if kind == 'list' else 'string'} {name};",
                "java": (
                    f"List<Integer> {name} = new ArrayList<>();"
                    if kind == "list"
                    else f"StringBuilder {name} = new StringBuilder();"
                ),
                "go": f"{name} := []int{{}}" if kind == "list" else f'{name} := ""',
            }[language]
        if language == "python":
            return f"{name} = {text}"
        if language == "go":
            return f"{name} := {text}"
        if language in JAVASCRIPT_LIKE:
            return f"{'const' if name in self.is_fixed else 'let'} {name} = {text};"
        of_kind = "boolean" if (language, kind) == ("java", "bool") else _LOCAL_TYPES[kind]
        return f"{of_kind} {name} = {text};"

    def _changed(self, name: str, op: ast.operator, value: ast.expr) -> str:
        text, language = self.text(value), self.language
        if self.types[name] == "str":
            return {
                "c": f"out[size++] = {text};",
                "java": f"{name}.append({text});",
                "go": f"{name} += {self._as_string(value)}",
            }.get(language, f"{name} += {text}{self.end}")
        symbol = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}[type(op)]
        if symbol == "//" and language != "python":
            if language in JAVASCRIPT_LIKE:
                return f"{name} = Math.floor({name} / {text});"
            symbol = "/"
        if text == "1" and symbol in "+-" and language != "python":
            return f"{name}{symbol * 2}{self.end}"
        return f"{name} {symbol}= {text}{self.end}"

    def _as_string(self, value: ast.expr) -> str:
        """Convert a letter to a string in Go, where the two have different types."""
        text = self.text(value)
        return text.replace("'", '"') if isinstance(value, ast.Constant) else f"string({text})"

    def _appended(self, text: str) -> str:
        return {
            "python": f"result.append({text})",
            "c": f"out[size++] = {text};",
            "cpp": f"result.push_back({text});",
            "java": f"result.add({text});",
            "go": f"result = append(result, {text})",
        }.get(self.language, f"result.push({text});")

    def _if(self, statement: ast.If, declared: set[str]) -> list[str]:
        lines: list[str] = []
        opening = "if"
        while True:
            lines += self._opened(opening, self.text(statement.test))
            lines += [f"\t{line}" for line in self.block(statement.body, declared)]
            match statement.orelse:
                case []:
                    break
                case [ast.If() as further]:
                    opening = "elif" if self.language == "python" else "} else if"
                    statement = further
                case others:
                    lines.append("else:" if self.language == "python" else "} else {")
                    lines += [f"\t{line}" for line in self.block(others, declared)]
                    break
        return lines if self.language == "python" else [*lines, "}"]

    def _opened(self, word: str, test: str) -> list[str]:
        if self.language == "python":
            return [f"{word} {test}:"]
        return [f"{word} {test} {{" if self.language == "go" else f"{word} ({test}) {{"]

    def _braced(self, opening: str, inner: list[str]) -> list[str]:
        shifted = [f"\t{line}" for line in inner]
        if self.language == "python":
            return [f"{opening}:", *shifted]
        return [f"{opening} {{", *shifted, "}"]

    def _for(self, loop: ast.For, declared: set[str]) -> list[str]:
        assert isinstance(loop.target, ast.Name)
        name = loop.target.id
        inner = self.block(loop.body, declared | {name})
        if self.language == "python":
            return self._braced(f"for {name} in {iterated(loop.iter, self.types)}", inner)
        if isinstance(loop.iter, ast.Name):
            opening, first = self._each(name, loop.iter.id)
            return self._braced(opening, [*first, *inner])
        assert isinstance(loop.iter, ast.Call)
        return self._braced(self._counted(name, loop.iter.args), inner)

    def _each(self, name: str, source: str) -> tuple[str, list[str]]:
        """Return the head of a loop over a list or a string."""
        kind = {"item": "Item"}.get(self.types[name], self.types[name])
        is_text = self.types[source] == "str"
        if self.language == "c":
            # A loop inside a loop over the same list needs another counter.
            at = "j" if name == "y" else "i"
            test = f"{source}[{at}] != '\\0'" if is_text else f"{at} < n"
            return f"for (int {at} = 0; {test}; {at}++)", [f"{kind} {name} = {source}[{at}];"]
        by_reference = "const Item &" if kind == "Item" else f"{kind} "
        return {
            "cpp": f"for ({by_reference}{name} : {source})",
            "java": f"for ({kind} {name} : {source}{'.toCharArray()' if is_text else ''})",
            "go": f"for _, {name} := range {source}",
        }.get(self.language, f"for (const {name} of {source})"), []

    def _counted(self, name: str, arguments: list[ast.expr]) -> str:
        """Return the head of a loop over a range."""
        low = self.text(arguments[0]) if len(arguments) > 1 else "0"
        high = arguments[min(1, len(arguments) - 1)]
        step = f"{name}--" if len(arguments) == 3 else f"{name}++"
        match high, len(arguments):
            case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)), 1 | 2:
                test = f"{name} <= {self.text(left)}"
            case ast.UnaryOp(op=ast.USub()), 3:
                test = f"{name} >= 0"
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=1)), 3:
                test = f"{name} >= {self.text(left)}"
            case _, 3:
                test = f"{name} > {self.text(high)}"
            case _:
                test = f"{name} < {self.text(high)}"
        if self.language == "go":
            is_whole = len(arguments) == 1 and isinstance(high, ast.Call)
            if is_whole and isinstance(high, ast.Call):
                return f"for {name} := range {self.text(high.args[0])}"
            return f"for {name} := {low}; {test}; {step}"
        kind = "let" if self.language in JAVASCRIPT_LIKE else "int"
        return f"for ({kind} {name} = {low}; {test}; {step})"
