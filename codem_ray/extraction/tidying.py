"""Fits an answer to its tests: example calls, main programs, packages and class names go."""

from __future__ import annotations

import re

from codem_ray.extraction.lexis import chunks, closing, definition_pattern, mask
from codem_ray.extraction.supply import go_import_block, go_imports, go_uses, without_go_imports
from codem_ray.languages.java_source import without_package_and_public
from codem_ray.records import Problem

_EXPORT = re.compile(
    r"^export\s+(?:default\s+)?(?=(?:async\s+)?(?:function|class|const|let|var"
    r"|type|interface|enum|abstract)\b)",
    re.M,
)


def entry_of(problem: Problem, masked: str) -> re.Match[str] | None:
    """Find the definition that is asked for in masked code."""
    if not problem.entry_point:
        return None
    pattern = definition_pattern(problem.language, problem.entry_point, is_function=True)
    return pattern.search(masked)


def tidied(problem: Problem, code: str) -> str:
    """Take out of an answer what would disturb its tests."""
    if problem.language == "java":
        return _java(problem, code)
    if problem.language == "go":
        return _go(code)
    if problem.language in ("python", "javascript", "typescript"):
        return _without_examples(problem, code)
    return code


def _without_examples(problem: Problem, code: str) -> str:
    entry = re.escape(problem.entry_point or "(?!)")
    call = re.compile(
        rf"(?:await\s+)?{entry}\s*\(|(?:(?:const|let|var)\s+)?\w+(?:\s*:\s*[^=]+)?\s*=\s*(?:await\s+)?"
        rf"{entry}\s*\(|(?:pp?rint|console\.\w+|alert)\s*\(|assert\b|module\.exports|exports\."
        r"|export\s*\{|export\s+default\s+\w+\s*;?\s*$"
    )
    if problem.language != "python":
        # The answer is run as a script: `export` would be a syntax error there.
        code = _EXPORT.sub("", code)
    kept: list[str] = []
    done = 0
    for chunk in chunks(code, problem.language):
        if call.match(chunk.code):
            kept.append(code[done : code.index(chunk.code, chunk.start)])
            done = chunk.end
    return "".join(kept) + code[done:]


def _go(code: str) -> str:
    masked = mask(code, "go")
    clause = re.search(r"^\s*package[ \t]+\w+[ \t]*;?\n?", masked, re.M)
    if clause is not None:
        code = code[: clause.start()] + code[clause.end() :]
        masked = mask(code, "go")
    main = re.search(r"^func\s+main\s*\(\s*\)\s*\{", masked, re.M)
    end = closing(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    remaining = code[: main.start()] + code[end + 1 :]
    left = mask(without_go_imports(remaining), "go")
    # What only main used would be an unused import, which is a compile error.
    imports = [
        (alias, path)
        for alias, path in go_imports(remaining)
        if alias or go_uses(left, path) or not go_uses(masked, path)
    ]
    return go_import_block(imports) + without_go_imports(remaining)


def _java(problem: Problem, code: str) -> str:
    # Only the class of the tests may be public: a file has one.
    code = without_package_and_public(code)
    masked = mask(code, "java")
    if not re.search(r"\b(?:class|interface|enum|record)\s+\w+", masked):
        imports = [m.group() for m in re.finditer(r"^\s*import\b[^;\n]*;", code, re.M)]
        body = re.sub(r"^\s*import\b[^;\n]*;", "", code, flags=re.M).strip("\n")
        return "".join(f"{line.strip()}\n" for line in imports) + f"class Solution {{\n{body}\n}}\n"
    if not re.search(r"\bclass\s+Solution\b", masked):
        return _renamed_class(problem, code, masked)
    return _without_main_class(code)


def _renamed_class(problem: Problem, code: str, masked: str) -> str:
    """Call the class that holds the entry point `Solution`, as the tests do."""
    entry = entry_of(problem, masked)
    if entry is None:
        return code
    holders = [
        m
        for m in re.finditer(r"\bclass\s+(\w+)[^{]*\{", masked)
        if m.start() < entry.start() < (closing(masked, m.end() - 1) or len(masked))
    ]
    return re.sub(rf"\b{holders[0][1]}\b", "Solution", code) if holders else code


def _without_main_class(code: str) -> str:
    masked = mask(code, "java")
    main = re.search(r"^(?:public\s+)?(?:final\s+)?class\s+Main\b[^{]*\{", masked, re.M)
    end = closing(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    return code[: main.start()] + code[end + 1 :]
