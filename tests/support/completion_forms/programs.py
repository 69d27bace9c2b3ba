"""Whole programs with what models write beside the function."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from completion_forms.form import (
    GO,
    JAVA,
    PYTHON,
    SAYS_AFTER,
    SAYS_BEFORE,
    SCRIPTS,
    Form,
    fence,
    instruction_form,
    short,
)
from completion_forms.phrases import Extra
from completion_forms.solved import Solved, go_imports
from completion_forms.table import PHRASES


def _session(s: Solved) -> str | None:
    code = short(s)
    if "\n\n" in code.strip().split("def ", 1)[-1]:
        code = re.sub(r"\n\s*\n", "\n", code)
    lines, shown = code.strip("\n").split("\n"), []
    for line in lines:
        is_inside = line[:1].isspace() or not line.strip()
        if shown and not is_inside and shown[-1].startswith("... "):
            shown.append("...")
        shown.append(f"{'...' if is_inside else '>>>'} {line}".rstrip())
    return "\n".join([*shown, "...", f">>> {s.call}", "[1, 2]", ""])


def _decorated(s: Solved) -> str:
    at = s.head_without_doc().rfind(f"def {s.entry}")
    program = short(s)
    at = program.rfind(f"def {s.entry}(")
    decorator = (
        "def traced(function):\n    @functools.wraps(function)\n    def inner(*args, **options):\n"
        "        return function(*args, **options)\n    return inner\n\n\n"
    )
    return fence(s, "import functools\n" + program[:at] + decorator + "@traced\n" + program[at:])


def _conditional(s: Solved) -> str | None:
    if re.search(r"'''|\"\"\"", s.body) or "\\\n" in s.body:
        return None
    return fence(s, "if True:\n" + textwrap.indent(short(s), "    "))


def _inside_main(s: Solved) -> str:
    inner = short(s)[len(s.imports) :].replace("class Solution", "static class Solution", 1)
    main = textwrap.indent(s.filled(s.phrases.demo).after, "    ")
    body = textwrap.indent(inner.strip("\n"), "    ")
    return fence(s, f"{s.imports}\npublic class Main {{\n{body}\n\n{main}}}\n")


def _go_program(s: Solved) -> str:
    extra = s.filled(s.phrases.demo)
    return SAYS_BEFORE + fence(s, "package main\n\n" + s.program(extra)) + SAYS_AFTER


def _go_single_imports(s: Solved) -> str | None:
    paths = re.findall(r'"([\w./]+)"', s.imports)
    if not paths:
        return None
    block = go_imports(paths)
    singles = "".join(f'import "{path}"\n' for path in paths)
    return fence(s, short(s).replace(block, singles, 1))


def _alias(s: Solved) -> str:
    code = re.sub(rf"\b{s.entry}\b", "solve_it", short(s))
    binding = {"python": "", "javascript": "const ", "go": "var "}[s.language]
    return fence(s, f"{code}\n\n{binding}{s.entry} = solve_it\n")


def _static(s: Solved) -> str | None:
    code, count = re.subn(
        rf"public (?!static)(?=[^\n(=]*\b{s.entry}\()", "public static ", short(s)
    )
    return fence(s, code) if count else None


def _exported(s: Solved) -> str | None:
    code, count = re.subn(
        rf"^(?=(?:const|function|var|let) {s.entry}\b)", "export ", short(s), count=1, flags=re.M
    )
    return fence(s, code) if count else None


def _respelled(s: Solved) -> str | None:
    code, count = re.subn(
        rf"^const {s.entry} = \(?([\w, ]*)\)? =>\s*\{{",
        rf"function {s.entry}(\1) {{",
        short(s),
        count=1,
        flags=re.M,
    )
    return fence(s, code) if count else None


def _language_forms() -> Iterator[Form]:
    """Yield the forms of single languages."""
    yield instruction_form("interactive session", _session, PYTHON)
    yield instruction_form(
        "interactive session in a fence", lambda s: fence(s, _session(s)), PYTHON
    )
    yield instruction_form("decorated", _decorated, PYTHON)
    yield instruction_form(
        "notebook line", lambda s: fence(s, "!pip install numpy\n\n" + short(s)), PYTHON
    )
    yield instruction_form("alias", _alias, frozenset({"python", "javascript", "go"}))
    yield instruction_form("static method", _static, JAVA)
    yield instruction_form("defined in if", _conditional, PYTHON)
    yield instruction_form(
        "package clause", lambda s: fence(s, "package com.example.app;\n\n" + short(s)), JAVA
    )
    yield instruction_form(
        "public class",
        lambda s: fence(s, short(s).replace("class Solution", "public class Solution", 1)),
        JAVA,
    )
    yield instruction_form("class Main around", _inside_main, JAVA)
    yield instruction_form(
        "method in class Main",
        lambda s: fence(
            s,
            s.imports
            + "\n"
            + short(s)[len(s.imports) :].replace("class Solution", "public class Main", 1),
        ),
        JAVA,
    )
    yield instruction_form(
        "method in class of another name",
        lambda s: fence(s, short(s).replace("class Solution", "public class StringTools", 1)),
        JAVA,
    )
    yield instruction_form("package main", lambda s: fence(s, "package main\n\n" + short(s)), GO)
    yield instruction_form("package main and demo", _go_program, GO)
    yield instruction_form(
        "other package", lambda s: fence(s, "package solution_test\n\n" + short(s)), GO
    )
    yield instruction_form(
        "unused import of the benchmark",
        lambda s: (
            fence(s, s.program(Extra(imports=s.problem.context), keeps_doc=False))
            if s.problem.context
            else None
        ),
        GO,
    )
    yield instruction_form("single imports", _go_single_imports, GO)
    yield instruction_form("inline export", _exported, SCRIPTS)
    yield instruction_form("other spelling of the function", _respelled, SCRIPTS)


def _extra_forms() -> Iterator[Form]:
    """Yield a form for each kind of code at the top, of demo and of own tests."""
    kinds: dict[str, set[str]] = {}
    tests: dict[str, set[str]] = {}
    for name, phrases in PHRASES.items():
        for kind in phrases.extras:
            kinds.setdefault(kind, set()).add(name)
        for kind in phrases.own_tests:
            tests.setdefault(kind, set()).add(name)
    for kind, languages in kinds.items():
        known = frozenset(languages)
        yield instruction_form(
            f"top: {kind}",
            lambda s, k=kind: fence(s, s.program(s.phrases.extras[k], keeps_doc=False)),
            known,
        )
        yield instruction_form(
            f"bare top: {kind}",
            lambda s, k=kind: "The solution:\n\n" + s.program(s.phrases.extras[k], keeps_doc=False),
            known,
        )
    yield instruction_form(
        "demo", lambda s: fence(s, s.program(s.filled(s.phrases.demo), keeps_doc=False))
    )
    yield instruction_form(
        "bare demo", lambda s: s.program(s.filled(s.phrases.demo), keeps_doc=False)
    )
    for kind, languages in tests.items():
        yield instruction_form(
            f"own tests: {kind}",
            lambda s, k=kind: fence(
                s, s.program(s.filled(s.phrases.own_tests[k]), keeps_doc=False)
            ),
            frozenset(languages),
        )
    yield instruction_form("own tests: those of the benchmark", _with_benchmark_tests)


def _with_benchmark_tests(s: Solved) -> str | None:
    tests = s.problem.tests
    if s.language == "typescript":
        return None
    if s.language == "go":
        body = re.sub(r"import\s*\([^)]*\)|^import.*\n", "", tests, flags=re.M)
        extra = Extra(imports=tests.replace(body, ""), after=body)
        return fence(s, "package main\n\n" + s.program(extra, keeps_doc=False))
    if s.language == "java":
        tests = re.sub(r"^import\b.*\n", "", tests, flags=re.M)
    return fence(s, s.program(Extra(outside=tests), keeps_doc=False))


def program_forms() -> Iterator[Form]:
    """Yield the forms of single languages and those with code beside the function."""
    yield from _language_forms()
    yield from _extra_forms()
