"""Removes code that would disturb the tests: example calls, main programs, package clauses."""

from __future__ import annotations

import re

from codem_ray.extraction.go_imports import (
    go_import_block,
    go_imports,
    is_go_package_used,
    without_go_imports,
)
from codem_ray.extraction.masking import mask
from codem_ray.extraction.statements import closing_bracket, definition_pattern, split_statements
from codem_ray.languages.java_source import without_package_and_public
from codem_ray.records import Problem

_EXPORT = re.compile(
    r"^export\s+(?:default\s+)?(?=(?:async\s+)?(?:function|class|const|let|var"
    r"|type|interface|enum|abstract)\b)",
    re.M,
)


def find_entry_point(problem: Problem, masked: str) -> re.Match[str] | None:
    """Find the definition of the entry point in masked code."""
    if not problem.entry_point:
        return None
    pattern = definition_pattern(problem.language, problem.entry_point, is_function=True)
    return pattern.search(masked)


def trim(problem: Problem, code: str) -> str:
    """Remove code that would disturb the tests; rename the answer's class as the tests expect."""
    if problem.language == "java":
        return _trim_java(problem, code)
    if problem.language == "go":
        return _trim_go(code)
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
        # The answer runs as a script, where `export` is a syntax error.
        code = _EXPORT.sub("", code)
    kept: list[str] = []
    done = 0
    for statement in split_statements(code, problem.language):
        if call.match(statement.code):
            kept.append(code[done : code.index(statement.code, statement.start)])
            done = statement.end
    return "".join(kept) + code[done:]


def _trim_go(code: str) -> str:
    masked = mask(code, "go")
    clause = re.search(r"^\s*package[ \t]+\w+[ \t]*;?\n?", masked, re.M)
    if clause is not None:
        code = code[: clause.start()] + code[clause.end() :]
        masked = mask(code, "go")
    main = re.search(r"^func\s+main\s*\(\s*\)\s*\{", masked, re.M)
    end = closing_bracket(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    remaining = code[: main.start()] + code[end + 1 :]
    left = mask(without_go_imports(remaining), "go")
    # Go refuses unused imports, so imports that only main used are removed with it.
    imports = [
        (alias, path)
        for alias, path in go_imports(remaining)
        if alias or is_go_package_used(left, path) or not is_go_package_used(masked, path)
    ]
    return go_import_block(imports) + without_go_imports(remaining)


def _trim_java(problem: Problem, code: str) -> str:
    # A Java file may hold only one public class, and the tests need it.
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
    """Rename the class that holds the entry point to `Solution`, as the tests call it."""
    entry = find_entry_point(problem, masked)
    if entry is None:
        return code
    holders = [
        m
        for m in re.finditer(r"\bclass\s+(\w+)[^{]*\{", masked)
        if m.start() < entry.start() < (closing_bracket(masked, m.end() - 1) or len(masked))
    ]
    return re.sub(rf"\b{holders[0][1]}\b", "Solution", code) if holders else code


def _without_main_class(code: str) -> str:
    masked = mask(code, "java")
    main = re.search(r"^(?:public\s+)?(?:final\s+)?class\s+Main\b[^{]*\{", masked, re.M)
    end = closing_bracket(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    return code[: main.start()] + code[end + 1 :]
