"""Adds missing imports, headers and helpers of the benchmark to an answer."""

from __future__ import annotations

import ast
import re

from codem_ray.extraction.go_imports import (
    go_import_block,
    go_imports,
    is_go_package_used,
    without_go_imports,
)
from codem_ray.extraction.masking import is_indented, mask
from codem_ray.extraction.python_dependencies import end_of_future_imports
from codem_ray.extraction.statements import defines, definition_pattern, split_statements
from codem_ray.languages.python_syntax import parse_python
from codem_ray.records import Problem

_IMPORT_LINE = {
    "java": re.compile(r"^import\b"),
    "c": re.compile(r"^(?:#|using\b|typedef\b)"),
    "cpp": re.compile(r"^(?:#|using\b|typedef\b)"),
    "python": re.compile(r"^(?:import|from)\b"),
    "go": re.compile(r"^import\b"),
}
_DEFINED_NAME = re.compile(
    r"\b(?:def|class|func|function|const|let|var|type|struct)\s+\*?(\w+)"
    r"|(\w+)\s*\([^;{}]*\)[^;{}]*\{"
)
_DEFINING_WORD = re.compile(r"def|class|func|const|let|var|type|struct")


def add_supplied_context(problem: Problem, answer: str) -> str:
    """Add the missing parts of the benchmark's context and the prompt's helpers to an answer.

    A missing import is added; in Python and Go only if the answer uses it. A helper that the prompt
    defines before the entry point is added if the answer defines nothing of that name. In Go, an
    unused import is a compile error, so unused imports that the context supplies are removed;
    other unused imports stay.
    """
    context, language = problem.context, problem.language
    if language == "html":
        return answer
    helpers = _missing_helpers(prompt_helpers(problem), answer, language)
    if language == "python":
        return _python(context, helpers, answer)
    if language in ("c", "cpp"):
        # languages/native_assemble adds the context, so that it can tell it from the answer's own.
        return _blocks(helpers) + answer
    if language == "go":
        return _go(context, helpers, answer) if context or helpers else answer
    imports = [statement.code for statement in split_statements(context, language)]
    present = {_without_blanks(line) for line in answer.splitlines()}
    missing = list(dict.fromkeys(p for p in imports if _without_blanks(p) not in present))
    if language == "java":
        return _lines(missing) + _into_class(answer, helpers)
    return _lines(missing) + _blocks(helpers) + answer


def prompt_helpers(problem: Problem) -> list[str]:
    """Return the definitions in the prompt before the entry point."""
    prompt, language = problem.prompt, problem.language
    if not problem.entry_point:
        return []
    masked = mask(prompt, language)
    found = list(definition_pattern(language, problem.entry_point).finditer(masked))
    if not found:
        return []
    end = found[-1].start()
    if not is_indented(language):
        end = masked.rfind("}", 0, end) + 1
    before = prompt[:end]
    if language == "java":
        opening = re.search(r"\bclass\s+\w+[^{]*\{", masked[:end])
        body = before[opening.end() :].strip("\n") if opening else ""
        return [body] if body.strip() else []
    pattern = _IMPORT_LINE.get(language)
    return [
        statement.code
        for statement in split_statements(before, language)
        if pattern is None or not pattern.match(statement.code)
    ]


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _blocks(blocks: list[str]) -> str:
    return "".join(f"{block}\n\n" for block in blocks)


def _without_blanks(line: str) -> str:
    return re.sub(r"\s+", "", line.partition("//")[0])


def may_define(code: str) -> bool:
    """Return whether the text may define a name; a fast check for completions of megabytes."""
    return "{" in code or _DEFINING_WORD.search(code) is not None


def defined_name(code: str, language: str) -> str | None:
    """Return the name that a top-level statement defines, or None."""
    if not may_define(code):
        return None
    found = _DEFINED_NAME.search(mask(code, language))
    return (found[1] or found[2]) if found else None


def _missing_helpers(helpers: list[str], answer: str, language: str) -> list[str]:
    if not helpers:
        return []
    masked = mask(answer, language)
    missing = []
    for helper in helpers:
        name = defined_name(helper, language)
        if name is None or not defines(masked, language, name):
            missing.append(helper)
    return missing


def _into_class(answer: str, helpers: list[str]) -> str:
    opening = re.search(r"\bclass\s+Solution\b[^{]*\{", mask(answer, "java"))
    if opening is None or not helpers:
        return answer
    return f"{answer[: opening.end()]}\n{_blocks(helpers)}{answer[opening.end() :]}"


def _python(context: str, helpers: list[str], answer: str) -> str:
    code = mask(_blocks(helpers) + answer, "python")
    added: list[str] = []
    # Parsing is safe: the context is text of the benchmark, never of the model.
    for node in ast.walk(parse_python(context)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            if name not in code:
                continue
            is_imported = re.search(rf"^(?:import|from)\b[^\n]*\b{re.escape(name)}\b", code, re.M)
            if is_imported or not re.search(rf"(?<![.\w]){re.escape(name)}\b", code):
                continue
            single = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            added.append(ast.unparse(single))
    cut = end_of_future_imports(answer)
    return answer[:cut] + _lines(list(dict.fromkeys(added))) + _blocks(helpers) + answer[cut:]


def _go(context: str, helpers: list[str], answer: str) -> str:
    supplied = {path for _, path in go_imports(context)}
    answer_imports = go_imports(answer)
    body = _blocks(helpers) + without_go_imports(answer)
    code = mask(body, "go")
    kept = [
        (alias, path)
        for alias, path in answer_imports
        if alias or path not in supplied or is_go_package_used(code, path)
    ]
    present = {path for _, path in kept}
    kept += [("", path) for path in sorted(supplied - present) if is_go_package_used(code, path)]
    return go_import_block(kept) + body
