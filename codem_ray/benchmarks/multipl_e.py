"""MultiPL-E's HumanEval: problems translated to TypeScript by machine, without solutions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codem_ray.benchmarks.family import (
    EVALUATION_ONLY,
    BenchmarkFamily,
    BenchmarkSpec,
    language_field,
)
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.benchmarks.wording import instruction, uncomment
from codem_ray.errors import DataError
from codem_ray.records import Problem

# The prompts and tests declare `require` themselves, which clashes with Node's own types.
_OPTIONS = {"skipLibCheck": "true", "target": "es2020", "module": "commonjs", "types": ""}
_NUMBERED = re.compile(r"HumanEval_(\d+)_")
_SIGNATURE = re.compile(r"^function\s+(?P<name>\w+)[^\n]*\{[ \t]*\n?\Z", re.M)


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    prompt = row.text("prompt")
    # Rows from the hub have no `task_id`; their name is the id.
    task_id = row.text("task_id" if "task_id" in row.values else "name")
    entry = _SIGNATURE.search(prompt)
    if entry is None:
        raise DataError(f"{row.location}: field 'prompt' ends in no function's signature")
    before = prompt[: entry.start()].splitlines(keepends=True)
    comment = "".join(line for line in before if line.startswith("//"))
    given = "".join(line for line in before if not line.startswith("//"))
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=spec.language,
        prompt=prompt,
        instruction=instruction(spec.language, entry.group(), uncomment(comment), given=given),
        tests=row.text("tests"),
        entry_point=entry["name"],
        licence=spec.licence,
        common_id=_common_id(row),
        stop=row.texts("stop_tokens"),
        options=dict(_OPTIONS),
    )


def _common_id(row: BenchmarkRow) -> str:
    name = str(row.values.get("name") or row.values.get("task_id") or "")
    found = _NUMBERED.match(name)
    return f"HumanEval/{found[1]}" if found else ""


FAMILY = BenchmarkFamily(
    title="MultiPL-E",
    fields=frozenset({"name", "prompt", "tests", "stop_tokens"}),
    language_of=language_field,
    benchmarks=(
        BenchmarkSpec(
            name="multipl-e-ts",
            language="typescript",
            title="MultiPL-E HumanEval",
            licence="BSD-3-Clause; may not be used as training data",
            use=EVALUATION_ONLY,
            hub_id="nuprl/MultiPL-E",
            hub_file="humaneval-ts/test-00000-of-00001.parquet",
            file="multipl-e/humaneval-ts.jsonl",
            build=_build,
            quarantine={
                "HumanEval_92_any_int": "the tests ask for true of (3, 4, 7) and for false of "
                "(3.0, 4, 7), which are the same call in TypeScript"
            },
            notes=(
                "has no reference solutions: the reference gate has nothing to run",
                "159 problems: HumanEval 32, 38, 50, 137 and 148 are not translated to TypeScript",
            ),
        ),
    ),
)
