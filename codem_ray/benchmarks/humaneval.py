"""HumanEval as OpenAI published it: known by its file, not by a name of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.rows import Row, Source
from codem_ray.benchmarks.spec import ANY_USE, BenchmarkSpec, PublishedFormat
from codem_ray.records import Problem


def _build(spec: BenchmarkSpec, rows: Sequence[Row], source: Source) -> list[Problem]:
    # The tests define `check` and leave the call to the harness; HumanEval-X holds it.
    called = [
        replace(row, values={**row.values, "test": _called(row.text("test"), row)}) for row in rows
    ]
    return [
        replace(problem, entry_point=row.text("entry_point"))
        for problem, row in zip(humaneval_x.problems(spec, called), rows, strict=True)
    ]


def _called(tests: str, row: Row) -> str:
    return f"{tests.rstrip()}\n\ncheck({row.text('entry_point')})\n"


FORMAT = PublishedFormat(
    title="HumanEval",
    fields=frozenset({"task_id", "prompt", "entry_point", "canonical_solution", "test"}),
    language_of=lambda row: "python",
    specs=(
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
