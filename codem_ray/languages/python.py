"""The language Python: file assembly, and execution by a judge process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages.python_context import needed_context, prompt_helpers
from codem_ray.languages.spec import (
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, readable_root


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return the files of a pair; `tests` is a module whose top level runs assertions."""
    problem = unit.problem
    helpers = prompt_helpers(problem.prompt, problem.entry_point, problem.tests)
    return {
        "judge/tests.py": problem.tests,
        "judge/context.py": needed_context(problem.context, f"{helpers}\n{problem.tests}"),
        "judge/given.py": needed_context(helpers, problem.tests),
        "judge/entry.txt": problem.entry_point or "",
        "answer/answer.py": unit.answer,
        "answer/context.py": needed_context(problem.context, f"{unit.answer}\n{problem.tests}"),
    }


def _run_python(harness: Path, script: str) -> Invocation:
    python = find_tool("cpython")
    return Invocation(
        argv=(str(python), "-I", "-S", "-B", str(harness / script)),
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
        readable=(harness, *readable_root(python)),
    )


def _run_judge(unit: Unit, harness: Path) -> Invocation:
    return _run_python(harness, "judge.py")


def _run_answer(unit: Unit, harness: Path) -> Invocation:
    return _run_python(harness, "answer.py")


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
