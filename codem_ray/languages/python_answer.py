"""Adds the imports and helpers of a benchmark that a Python answer lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codem_ray.languages.python_syntax import parse_python
from codem_ray.languages.source_code import source_of


def add_context(program: str, context: str, helpers: Sequence[str]) -> str:
    """Return a program with the helpers, and the imports that it uses and does not have."""
    given = "".join(f"{helper}\n\n" for helper in helpers)
    code = source_of(given + program, "python").bare_code.decode("utf-8", "replace")
    added: list[str] = []
    # Parsing is safe: the context is text of the benchmark, never of the model.
    for node in ast.walk(parse_python(context)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            if name not in code or not re.search(rf"(?<![.\w]){re.escape(name)}\b", code):
                continue
            if re.search(rf"^(?:import|from)\b[^\n]*\b{re.escape(name)}\b", code, re.M):
                continue
            single = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            added.append(f"{ast.unparse(single)}\n")
    cut = end_of_future_imports(program)
    return f"{program[:cut]}{''.join(dict.fromkeys(added))}{given}{program[cut:]}"


def end_of_future_imports(program: str) -> int:
    """Return the position where statements can be inserted: after the future imports."""
    if "__future__" not in program:
        return 0
    source = source_of(program, "python")
    ends = [s.end_byte for s in source.statements if s.type == "future_import_statement"]
    return len(source.slice(0, ends[-1])) + 1 if ends else 0
