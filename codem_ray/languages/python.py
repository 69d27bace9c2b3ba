"""The language Python: file assembly, and execution by a judge process."""

from __future__ import annotations

import builtins
import functools
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.python_context import needed_context, prompt_helpers
from codem_ray.languages.sentinels import Sentinels, Values
from codem_ray.languages.spec import (
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    SyntaxRules,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, readable_root

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""numpy's library would start a thread for each core of the machine."""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return the files of a pair; `tests` is a module whose top level runs assertions."""
    problem = unit.problem
    helpers = prompt_helpers(problem.prompt, problem.entry_point, problem.tests)
    names = _packages(unit)
    return {
        "judge/tests.py": problem.tests,
        "judge/context.py": needed_context(problem.context, f"{helpers}\n{problem.tests}"),
        "judge/given.py": needed_context(helpers, problem.tests),
        "judge/entry.txt": problem.entry_point or "",
        "answer/answer.py": unit.answer,
        "answer/context.py": needed_context(problem.context, f"{unit.answer}\n{problem.tests}"),
        # No process reads it; verdicts are kept for equal files only.
        **({"judge/packages.txt": "\n".join(map(_release, names))} if names else {}),
    }


def _packages(unit: Unit) -> list[str]:
    """Return the packages outside the standard library that a program may import."""
    return unit.problem.options.get("packages", "").split()


def _release(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        raise ToolchainError(
            f"the tests need the package {name}, which is not installed; pip install {name}"
        ) from None


@functools.cache
def _package_folders(name: str) -> tuple[Path, ...]:
    """Return a package's folder, and that of the libraries that its wheel brings."""
    spec = find_spec(name)
    [folder] = map(Path, (spec.submodule_search_locations if spec else None) or ())
    libraries = folder.with_name(f"{name}.libs")
    return (folder, libraries) if libraries.is_dir() else (folder,)


def _run_python(unit: Unit, harness: Path, script: str) -> Invocation:
    python = find_tool("cpython")
    folders = [folder for name in _packages(unit) for folder in _package_folders(name)]
    # The sandbox shows these packages and no others in their parent folder.
    path = dict.fromkeys(str(folder.parent) for folder in folders)
    return Invocation(
        argv=(str(python), "-I", "-S", "-B", str(harness / script), *path),
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", **(_ONE_THREAD if path else {})},
        readable=(harness, *readable_root(python), *folders),
    )


def _run_judge(unit: Unit, harness: Path) -> Invocation:
    return _run_python(unit, harness, "judge.py")


def _run_answer(unit: Unit, harness: Path) -> Invocation:
    return _run_python(unit, harness, "answer.py")


LANGUAGE = LanguageSpec(
    name="python",
    title="Python",
    aliases=("py", "python3"),
    fence_tags=("python", "py", "python3", "py3", "ipython"),
    labels=(
        "python2",
        "pyi",
        "pyw",
        "cpython",
        "ipynb",
        "pypy",
        "jupyter",
        "jupyter-python",
        "micropython",
        "pycon",
        "python-console",
        "python-repl",
    ),
    extension=".py",
    line_comment="#",
    block_comment=None,
    tools=("cpython",),
    installation=Installation(debian=("python3",)),
    version_commands=(("cpython", "-VV"),),
    stop=("\ndef ", "\nclass ", "\nif ", "\nprint(", "\n#", "\n@", "\nassert "),
    process_layout=ProcessLayout.PAIR,
    assemble=assemble,
    run=_run_judge,
    is_judge_resident=True,
    run_answer=_run_answer,
    grammar="tree_sitter_python:language",
    syntax=SyntaxRules(
        definitions=frozenset(
            {"function_definition", "class_definition", "assignment", "augmented_assignment"}
        ),
        scopes=frozenset(
            {"decorated_definition", "expression_statement", "if_statement", "elif_clause"}
            | {"else_clause", "try_statement", "except_clause", "finally_clause", "block"}
            | {"with_statement"}
        ),
        functions=frozenset({"function_definition", "class_definition", "lambda"}),
        imports=frozenset({"import_statement", "import_from_statement", "future_import_statement"}),
        strings=frozenset({"string"}),
        effects=frozenset({"assignment", "augmented_assignment", "call", "await", "yield"}),
        is_indented=True,
        block_end=" pass",
        predefined=frozenset(dir(builtins)),
        transcript=re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: (?P<code>[^\n]*))?$", re.MULTILINE),
        add_context="codem_ray.languages.python_answer:add_context",
        demonstrations=re.compile(
            r"(?<![\w.])(?:p?print|pp|input|exit|quit)\s*\(|\bassert\b|\bparse_(?:known_)?args\s*\("
            # Not the name of a logger.
            r"|\b__name__\s*(?:[=!]=|in\b)|[=!]=\s*__name__\b"
            r"|\bsys\.(?:stdin|exit|argv)\b|\bunittest\.main\b|\bdoctest\.testmod\b"
        ),
        tests=re.compile(
            r"(?:async\s+)?def\s+test_|@pytest\b|class\s+\w+\([\w.]*TestCase\)"
            r"|(?:import|from)\s+(?:pytest|unittest)\b"
        ),
    ),
    signs=re.compile(
        r"^[ \t]*(?:async )?def \w+\(.*\).*:|^from [\w.]+ import |^import \w+(?: as \w+)?[ \t]*$"
        r"|^[ \t]*(?:for|while|if|elif) [^{;]+:[ \t]*$|^class \w+(?:\(.*\))?:|^print\(.*\)[ \t]*$",
        re.MULTILINE,
    ),
    sentinels=Sentinels(
        values=(
            Values(pattern=r"int", fixed=("77", "-13"), default="0"),
            Values(pattern=r"float", fixed=("77.5", "-13.25"), default="0.0"),
            Values(pattern=r"bool", fixed=("True", "False"), default="None"),
            Values(pattern=r"str", fixed=("'sentinel'", "'other text'"), default="''"),
            Values(pattern=r"[Ll]ist\[(.+)\]", fixed=("[{0}]", "[{0}, {0}]"), default="[]"),
            Values(
                pattern=r"[Tt]uple\[(.+)\]|\((.+)\)", fixed=("({all},)", "({all},)"), default="()"
            ),
            Values(pattern=r"Optional\[(.+)\]", fixed=("{0}", "{0}"), default="None"),
            Values(pattern=r".*", fixed=("77", "'sentinel'"), default="None"),
        ),
        result="return {value}",
        without_result=r"None",
        nothing="pass",
        raises="raise RuntimeError('sentinel')",
        block="{statement}",
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
