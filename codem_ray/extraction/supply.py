"""Adds to an answer the imports, headers and helpers that its benchmark supplies."""

from __future__ import annotations

import ast
import re

from codem_ray.extraction.lexis import (
    chunks,
    defines,
    definition_pattern,
    is_indented,
    mask,
)
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
_GO_IMPORT = re.compile(
    r"^import\s*\((?P<many>[^)]*)\)[ \t]*;?\n?|^import[ \t]+(?P<one>[^\n(]+)\n?", re.M
)
_GO_SPEC = re.compile(r'(?:(?P<alias>[\w.]+)[ \t]+)?"(?P<path>[^"\n]+)"')


def supply(problem: Problem, answer: str) -> str:
    """Return the answer with what it lacks of the benchmark's context and the prompt's helpers.

    Imports are added where they are missing (in Python and Go: and used), definitions that the
    prompt holds before the entry point where the answer has none of that name. In Go, imports of
    the context that go unused are taken out, because there they are a compile error; other unused
    imports stay.
    """
    context, language = problem.context, problem.language
    if language == "html":
        return answer
    helpers = _missing_helpers(helpers_of(problem), answer, language)
    if language == "python":
        return _python(context, helpers, answer)
    if language == "go":
        return _go(context, helpers, answer) if context or helpers else answer
    imports = [chunk.code for chunk in chunks(context, language)]
    present = {_squeezed(line) for line in answer.splitlines()}
    missing = list(dict.fromkeys(p for p in imports if _squeezed(p) not in present))
    if language == "java":
        return _lines(missing) + _into_class(answer, helpers)
    return _lines(missing) + _blocks(helpers) + answer


def helpers_of(problem: Problem) -> list[str]:
    """Return the definitions that stand in the prompt before the one that is asked for."""
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
        chunk.code
        for chunk in chunks(before, language)
        if pattern is None or not pattern.match(chunk.code)
    ]


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _blocks(blocks: list[str]) -> str:
    return "".join(f"{block}\n\n" for block in blocks)


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", "", line.partition("//")[0])


def may_define(code: str) -> bool:
    """Say whether something in the text may define a name: quick, for texts of megabytes."""
    return "{" in code or _DEFINING_WORD.search(code) is not None


def defined_name(code: str, language: str) -> str | None:
    """Return the name that a top-level statement defines; None: it defines none."""
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
    # The context is the benchmark's own text, never the model's: parsing it here is safe.
    for node in ast.walk(ast.parse(context)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            if name not in code:
                continue
            is_there = re.search(rf"^(?:import|from)\b[^\n]*\b{re.escape(name)}\b", code, re.M)
            if is_there or not re.search(rf"(?<![.\w]){re.escape(name)}\b", code):
                continue
            single = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            added.append(ast.unparse(single))
    # A future import must stay the first statement.
    future = list(re.finditer(r"^from __future__ import[^\n]*\n", answer, re.M))
    cut = future[-1].end() if future else 0
    return answer[:cut] + _lines(list(dict.fromkeys(added))) + _blocks(helpers) + answer[cut:]


def _go(context: str, helpers: list[str], answer: str) -> str:
    supplied = {path for _, path in go_imports(context)}
    own = go_imports(answer)
    body = _blocks(helpers) + without_go_imports(answer)
    code = mask(body, "go")
    kept = [
        (alias, path) for alias, path in own if alias or path not in supplied or go_uses(code, path)
    ]
    have = {path for _, path in kept}
    kept += [("", path) for path in sorted(supplied - have) if go_uses(code, path)]
    return go_import_block(kept) + body


def go_imports(text: str) -> list[tuple[str, str]]:
    """Return alias (or an empty string) and path of every import of a Go file."""
    source = mask(text, "go", keep_strings=True)
    found = [
        spec
        for clause in _GO_IMPORT.finditer(source)
        for spec in _GO_SPEC.finditer(clause["many"] or clause["one"] or "")
    ]
    return list(dict.fromkeys((spec["alias"] or "", spec["path"]) for spec in found))


def without_go_imports(text: str) -> str:
    """Return a Go file without its import declarations."""
    source = mask(text, "go", keep_strings=True)
    for clause in reversed(list(_GO_IMPORT.finditer(source))):
        text = text[: clause.start()] + text[clause.end() :]
    return text.lstrip("\n")


def go_import_block(imports: list[tuple[str, str]]) -> str:
    """Write import declarations."""
    if not imports:
        return ""
    specs = (f'{alias} "{path}"' if alias else f'"{path}"' for alias, path in imports)
    return "import (\n" + "".join(f"\t{spec}\n" for spec in specs) + ")\n\n"


def go_uses(masked: str, path: str) -> bool:
    """Say whether masked Go code uses the package of that path under its own name."""
    return re.search(rf"(?<![.\w]){re.escape(path.rpartition('/')[2])}\.", masked) is not None
