"""HumanEval as OpenAI published it, and EvalPlus on the hub: read as a file, without a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.evalplus import packages_of
from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.records import Problem


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    # These tests define `check` and leave the call to the harness; HumanEval-X includes it.
    rows = [replace(row, values={**row.values, "test": _tests_with_call(row)}) for row in rows]
    return [
        replace(problem, entry_point=row.text("entry_point"), options=packages_of(problem.tests))
        for problem, row in zip(humaneval_x.build(spec, rows, source), rows, strict=True)
    ]


def _tests_with_call(row: BenchmarkRow) -> str:
    return f"{row.text('test').rstrip()}\n\ncheck({row.text('entry_point')})\n"


FAMILY = BenchmarkFamily(
    title="HumanEval",
    fields=frozenset({"task_id", "prompt", "entry_point", "canonical_solution", "test"}),
    language_of=lambda row: "python",
    file_benchmarks=(
        BenchmarkSpec(
            name="humaneval",
            language="python",
            title="HumanEval",
            licence="MIT",
            use=ANY_USE,
            file="HumanEval.jsonl.gz",
            build=_build,
        ),
    ),
)
