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

_LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")


def _build(spec: BenchmarkSpec, rows: Sequence[Row], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


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


def _spec(language: str, file: str) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=f"starter-{language}",
        language=language,
        title="codem-ray starter kit",
        licence="Apache-2.0",
        use=ANY_USE,
        file=file,
        build=_build,
        notes=("made for trying the system out: problems of a family share a group",),
    )


SPECS = tuple(_spec(language, str(benchmark_path(language))) for language in _LANGUAGES)
# A language from outside has no problems of ours, but may bring its own in this form.
_OUTSIDE = tuple(_spec(name, "") for name in LANGUAGES if name not in _LANGUAGES)

FORMAT = PublishedFormat(
    title="codem-ray's starter",
    fields=frozenset({"task_id", "language", "prompt", "instruction", "tests", "broken"}),
    language_of=language_field,
    specs=(*SPECS, *_OUTSIDE),
)
