"""The starter kit's own problems, which need no download."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.benchmarks.rows import Row, Source
from codem_ray.benchmarks.spec import (
    ANY_USE,
    BenchmarkSpec,
    PublishedFormat,
    language_field,
)
from codem_ray.errors import DataError
from codem_ray.languages import LANGUAGES
from codem_ray.records import Problem
from codem_ray.starter.assets import benchmark_path

SHORT_PROBLEMS = 25
"""A target's first problems, each of another family: what a quick sweep asks."""
_LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")


def _build(spec: BenchmarkSpec, rows: Sequence[Row], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _build_short(spec: BenchmarkSpec, rows: Sequence[Row], source: Source) -> list[Problem]:
    return _build(spec, rows[:SHORT_PROBLEMS], source)


def _problem(spec: BenchmarkSpec, row: Row) -> Problem:
    if row.text("language") != spec.language:
        raise DataError(
            f"{row.where}: field 'language' is {row.text('language')!r}, "
            f"{spec.language!r} is expected"
        )
    task_id = row.text("task_id")
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=spec.language,
        prompt=row.text("prompt"),
        instruction=row.text("instruction"),
        tests=row.text("tests"),
        reference=row.text("reference"),
        broken=row.texts("broken"),
        entry_point=row.text("entry_point"),
        group=row.text("group"),
        # Code is the same problem under the same number in every language; pages are their own.
        common_id="" if spec.language == "html" else f"starter/{task_id.rpartition('/')[2]}",
        quarantine=spec.quarantine.get(task_id),
        licence=row.text("licence"),
    )


def _spec(name: str, language: str, file: str, *, is_short: bool = False) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=name,
        language=language,
        title=f"codem-ray starter kit{', first problems' if is_short else ''}",
        licence="Apache-2.0",
        use=ANY_USE,
        file=file,
        build=_build_short if is_short else _build,
        notes=("made for trying the system out: problems of a family share a group",),
    )


# Two benchmarks of one file, and no limit: a limited benchmark is marked in every output.
_SHORT = tuple(
    _spec(f"starter-{name}", name, str(benchmark_path(name)), is_short=True) for name in _LANGUAGES
)
_FULL = tuple(_spec(f"starter-full-{name}", name, str(benchmark_path(name))) for name in _LANGUAGES)
SPECS = (*_SHORT, *_FULL)
# A language from outside has no problems of ours, but may bring its own in this form.
_OUTSIDE = tuple(_spec(f"starter-{name}", name, "") for name in LANGUAGES if name not in _LANGUAGES)

FORMAT = PublishedFormat(
    title="codem-ray's starter",
    fields=frozenset({"task_id", "language", "prompt", "instruction", "tests", "broken"}),
    language_of=language_field,
    # Of a file that is given every problem is taken.
    specs=(*_FULL, *_OUTSIDE),
)
