"""Python."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import filled, run_tool
from codem_ray.languages.spec import (
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.languages.versions import version_output

_WORD = re.compile(r"\w+")
"""Identifiers among others: in strings too, for a program may look a name up."""

_SCRIPTS = (
    "answer.py",
    "judge.py",
    "judge_names.py",
    "judge_objects.py",
    "judge_report.py",
    "wire.py",
)
_COMPILING = """
import os, py_compile, sys
for path in sys.argv[2:]:
    target = os.path.join(sys.argv[1], os.path.basename(path) + "c")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(path, target, doraise=True, invalidation_mode=mode)
"""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Lay out a pair; `tests` is a module that asserts at its top level or calls what does."""
    problem = unit.problem
    given = _given(problem.prompt, problem.entry_point, problem.tests)
    return {
        "judge/tests.py": problem.tests,
        "judge/context.py": _context_for(problem.context, f"{given}\n{problem.tests}"),
        "judge/given.py": _context_for(given, problem.tests),
        "judge/entry.txt": problem.entry_point or "",
        "answer/answer.py": unit.answer,
        "answer/context.py": _context_for(problem.context, f"{unit.answer}\n{problem.tests}"),
    }


def _context_for(context: str, text: str) -> str:
    """Leave out of a benchmark's context the imports whose names a text does not hold.

    Importing all that HumanEval's authors put before a program takes longer than most programs.
    """
    pieces = _pieces(context)
    if pieces is None:
        return context
    others = "\n".join(source for name, source in pieces if name is None)
    words = set(_WORD.findall(f"{text}\n{others}"))
    return "".join(f"{source}\n" for name, source in pieces if name is None or name in words)


@functools.lru_cache(maxsize=1024)
def _pieces(context: str) -> tuple[tuple[str | None, str], ...] | None:
    """Return statements with the name that each import binds, one name to an import.

    None stands for a context that is no module, and for the name of what is always kept.
    """
    try:
        tree = ast.parse(context)
    except (SyntaxError, ValueError):
        return None
    pieces: list[tuple[str | None, str]] = []
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            pieces.append((None, ast.unparse(node)))
            continue
        for one in node.names:
            name = (one.asname or one.name).partition(".")[0]
            single = (
                ast.Import([one])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [one], node.level)
            )
            pieces.append((None if one.name == "*" else name, ast.unparse(single)))
    return tuple(pieces)


_DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)


def _given(prompt: str, entry_point: str | None, tests: str) -> str:
    """Return what a prompt imports and defines beside the entry point, if the tests use any of it.

    The tests take these from here, so an answer gains nothing by a helper of its own. A prompt is
    a module that may lack the last function's body; a function without one is no helper.
    """
    if entry_point is None:
        return ""
    for text in (prompt, f"{prompt.rstrip()}\n    pass\n", f"{prompt.rstrip()}\n        pass\n"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        body = tree.body if text is prompt else tree.body[:-1]
        kept = [
            node
            for node in body
            if isinstance(node, ast.Import | ast.ImportFrom)
            or (isinstance(node, _DEFINITIONS) and not _is_asked(node, entry_point))
        ]
        words = set(_WORD.findall(tests))
        if not any(name in words or name == "*" for node in kept for name in _bound(node)):
            return ""
        return "".join(f"{ast.unparse(node)}\n" for node in kept)
    return ""


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).partition(".")[0] for one in node.names}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def _is_asked(node: ast.stmt, entry_point: str) -> bool:
    """Say whether a definition is, holds or belongs to what the answer has to write."""
    if entry_point in _bound(node):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(
            isinstance(one, ast.Pass)
            or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            for one in node.body
        )
    return isinstance(node, ast.ClassDef) and any(_is_asked(one, entry_point) for one in node.body)


def _interpret(harness: Path, script: str) -> Invocation:
    python = find_tool("cpython")
    folder = _compiled(harness, python)
    suffix = "c" if folder != harness else ""
    return Invocation(
        argv=(str(python), "-I", "-S", "-B", str(folder / f"{script}{suffix}")),
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
        readable=(folder, *readable_root(python)),
    )


@functools.cache
def _compiled(harness: Path, python: Path) -> Path:
    """Return a folder with the harness in this Python's bytecode: compiling it is half of a start.

    Returns the harness itself where that cannot be had.
    """
    version = version_output("cpython", "-VV")
    digest = hashlib.sha256(f"{python} {version}".encode()).hexdigest()[:16]
    try:
        return filled(harness, f"bytecode-{digest}", partial(_compile, harness, python))
    except (OSError, ToolchainError):
        return harness


def _compile(harness: Path, python: Path, folder: Path) -> None:
    names = [str(harness / name) for name in _SCRIPTS]
    argv = (str(python), "-I", "-S", "-B", "-c", _COMPILING, str(folder), *names)
    run_tool("Python", argv)


def _judge(unit: Unit, harness: Path) -> Invocation:
    return _interpret(harness, "judge.py")


def _answer(unit: Unit, harness: Path) -> Invocation:
    return _interpret(harness, "answer.py")


LANGUAGE = LanguageSpec(
    name="python",
    title="Python",
    aliases=("py", "python3"),
    fence_tags=("python", "py", "python3"),
    extension=".py",
    line_comment="#",
    block_comment=None,
    tools=("cpython",),
    installation=Installation(debian=("python3",)),
    version_commands=(("cpython", "-VV"),),
    stop=("\ndef ", "\nclass ", "\nif ", "\nprint(", "\n#", "\n@", "\nassert "),
    process_layout=ProcessLayout.PAIR,
    assemble=assemble,
    run=_judge,
    is_judge_resident=True,
    run_answer=_answer,
    group="dynamic",
    grammar="tree_sitter_python:language",
    signs=re.compile(
        r"^[ \t]*(?:async )?def \w+\(.*\).*:|^from [\w.]+ import |^import \w+(?: as \w+)?[ \t]*$"
        r"|^[ \t]*(?:for|while|if|elif) [^{;]+:[ \t]*$|^class \w+(?:\(.*\))?:|^print\(.*\)[ \t]*$",
        re.MULTILINE,
    ),
    samples=Samples(
        tests="assert double(2) == 4\nassert double(-3) == -6\n",
        passes="def double(n):\n    return 2 * n\n",
        fails="def double(n):\n    return n * n\n",
        loops="def double(n):\n    while True:\n        n += 1\n",
        exits="import os\n\n\ndef double(n):\n    os._exit(0)\n",
        does_not_compile="def double(n)\n    return 2 * n\n",
    ),
)
