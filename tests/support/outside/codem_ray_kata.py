"""A benchmark as another package adds it: this file, its rows, and an entry point that names it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.records import Problem


def build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    """Turn rows into problems."""
    return [build_problem(spec, row) for row in rows]


def build_problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    """Turn one row into a problem. `row.text` names file, line and field if one is wrong."""
    name, parameters, request = row.text("kata"), row.text("parameters"), row.text("request")
    return Problem(
        benchmark=spec.name,
        task_id=name,
        language=spec.language,
        licence=spec.licence,
        prompt=f'def {name}({parameters}):\n    """{request}"""\n',
        instruction=f"Write a Python function `{name}({parameters})`.\n{request}",
        tests="".join(f"assert {check}\n" for check in row.texts("checks")),
        reference=row.text("solution"),
        broken=("    return None\n",),
        entry_point=name,
    )


FAMILY = BenchmarkFamily(
    title="Kata",
    fields=frozenset({"kata", "parameters", "request", "checks", "solution"}),
    language_of=lambda row: "python",
    benchmarks=(
        BenchmarkSpec(
            name="kata-python",
            language="python",
            title="Kata",
            licence="CC0-1.0",
            use=ANY_USE,
            file=str(Path(__file__).with_name("kata.jsonl")),
            build=build,
            notes=("three small functions, as an example",),
        ),
    ),
)
