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
from codem_ray.languages.spec import Installation, Invocation, LanguageSpec, Samples, Style, Unit
from codem_ray.languages.toolchain import find, readable_root, version_output

_WORD = re.compile(r"\w+")
"""Identifiers among others: in strings too, for a program may look a name up."""

_SCRIPTS = ("judge.py", "answer.py", "wire.py")
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
    given = _given(problem.prompt, problem.entry_point)
    return {
        "judge/tests.py": problem.tests,
        "judge/context.py": _context_for(problem.context, f"{given}\n{problem.tests}"),
        "judge/given.py": given,
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


def _given(prompt: str, entry_point: str | None) -> str:
    """Return the imports and helper functions of a prompt, which the tests may call.

    The tests take these from here, so an answer gains nothing by a helper of its own. A prompt is
    a module that may lack the last function's body.
    """
    for text in (prompt, f"{prompt.rstrip()}\n    pass\n"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        helpers = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name != entry_point
        ]
        if entry_point is None or not helpers:
            return ""
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        return "\n".join(ast.unparse(node) for node in (*imports, *helpers)) + "\n"
    return ""


def _interpret(harness: Path, script: str) -> Invocation:
    python = find("cpython")
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
    version = version_output((str(python), "-VV"))
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
    style=Style.PAIR,
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
