"""Adds to an answer the imports, headers and helpers that its benchmark supplies."""

from __future__ import annotations

import ast
import re

from codem_ray.benchmarks.lexis import chunks, defines, mask

_IMPORT_LINE = {
    "java": re.compile(r"^import\b"),
    "c": re.compile(r"^(?:#|using\b|typedef\b)"),
    "cpp": re.compile(r"^(?:#|using\b|typedef\b)"),
    "python": re.compile(r"^(?:import|from)\b"),
    "go": re.compile(r"^import\b"),
}
_DEFINED_NAME = re.compile(
    r"\b(?:def|class|func|function|const|let|var|type|struct)\s+\*?(\w+)|(\w+)\s*\([^;{}]*\)[^;{}]*\{")
_USING = re.compile(r"^using\s+namespace\s+std\s*;", re.M)
_GO_IMPORT = re.compile(r"^import\s*\((?P<many>[^)]*)\)[ \t]*;?\n?|^import[ \t]+(?P<one>[^\n(]+)\n?",
                        re.M)
_GO_SPEC = re.compile(r'(?:(?P<alias>[\w.]+)[ \t]+)?"(?P<path>[^"\n]+)"')


def supply(context: str, answer: str, language: str) -> str:
    """Return the answer with what it lacks of the benchmark's context.

    Imports are added where they are missing (in Python and Go: and used), definitions where the
    answer has none of that name. In Go, imports of the context that go unused are taken out,
    because there they are a compile error; other unused imports stay.
    """
    if not context.strip() or language == "html":
        return answer
    if language == "python":
        return _python(context, answer)
    if language == "go":
        return _go(context, answer)
    pattern = _IMPORT_LINE.get(language)
    pieces = [chunk.code for chunk in chunks(context, language)]
    imports = [p for p in pieces if pattern is not None and pattern.match(p)]
    helpers = _missing_helpers([p for p in pieces if p not in imports], answer, language)
    present = {_squeezed(line) for line in answer.splitlines()}
    missing = list(dict.fromkeys(p for p in imports if _squeezed(p) not in present))
    if language == "java":
        return _lines(missing) + _into_class(answer, helpers)
    tail = ""
    if "std::" in answer and not helpers:
        # An answer that qualifies its names may define some that std has too; only the tests,
        # which follow it, need the directive.
        tail = _lines(["", *(p for p in missing if _USING.match(p))])
        missing = [p for p in missing if not _USING.match(p)]
    return _lines(missing) + _blocks(helpers) + answer + tail


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _blocks(blocks: list[str]) -> str:
    return "".join(f"{block}\n\n" for block in blocks)


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", "", line.partition("//")[0])


def defined_name(code: str, language: str) -> str | None:
    """Return the name that a top-level statement defines; None: it defines none."""
    found = _DEFINED_NAME.search(mask(code, language))
    return (found[1] or found[2]) if found else None


def _missing_helpers(helpers: list[str], answer: str, language: str) -> list[str]:
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


def _python(context: str, answer: str) -> str:
    pieces = [chunk.code for chunk in chunks(context, "python")]
    imports = [p for p in pieces if _IMPORT_LINE["python"].match(p)]
    helpers = _missing_helpers([p for p in pieces if p not in imports], answer, "python")
    code = mask(_blocks(helpers) + answer, "python")
    added: list[str] = []
    # The context is the benchmark's own text, never the model's: parsing it here is safe.
    for node in ast.walk(ast.parse("\n".join(imports))):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            is_there = re.search(rf"^(?:import|from)\b[^\n]*\b{re.escape(name)}\b", code, re.M)
            if is_there or not re.search(rf"(?<![.\w]){re.escape(name)}\b", code):
                continue
            single = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(
                node.module, [alias], node.level)
            added.append(ast.unparse(single))
    # A future import must stay the first statement.
    future = list(re.finditer(r"^from __future__ import[^\n]*\n", answer, re.M))
    cut = future[-1].end() if future else 0
    return answer[:cut] + _lines(list(dict.fromkeys(added))) + _blocks(helpers) + answer[cut:]


def _go(context: str, answer: str) -> str:
    pieces = [chunk.code for chunk in chunks(context, "go")
              if not _IMPORT_LINE["go"].match(chunk.code)]
    helpers = _missing_helpers(pieces, answer, "go")
    supplied = {path for _, path in go_imports(context)}
    own = go_imports(answer)
    body = _blocks(helpers) + without_go_imports(answer)
    code = mask(body, "go")
    kept = [(alias, path) for alias, path in own
            if alias or path not in supplied or go_uses(code, path)]
    have = {path for _, path in kept}
    kept += [("", path) for path in sorted(supplied - have) if go_uses(code, path)]
    return go_import_block(kept) + body


def go_imports(text: str) -> list[tuple[str, str]]:
    """Return alias (or an empty string) and path of every import of a Go file."""
    source = mask(text, "go", keep_strings=True)
    found = [spec for clause in _GO_IMPORT.finditer(source)
             for spec in _GO_SPEC.finditer(clause["many"] or clause["one"] or "")]
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
    lines = "".join(f'\t{alias} "{path}"\n' if alias else f'\t"{path}"\n' for alias, path in imports)
    return f"import (\n{lines})\n\n"


def go_uses(masked: str, path: str) -> bool:
    """Say whether masked Go code uses the package of that path under its own name."""
    return re.search(rf"(?<![.\w]){re.escape(path.rpartition('/')[2])}\.", masked) is not None
