"""The problems of the starter kit, which need no download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codem_ray.benchmarks.family import (
    ANY_USE,
    BenchmarkFamily,
    BenchmarkSpec,
    language_field,
)
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.languages import LANGUAGES
from codem_ray.records import Problem
from codem_ray.starter.assets import WORDS, benchmark_path

SHORT_PROBLEMS = 25
"""Problems per language in the short benchmarks; each belongs to another family of problems."""
WORD_PROBLEMS = 32
_LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _build_short(
    spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source
) -> list[Problem]:
    return _build(spec, rows[:SHORT_PROBLEMS], source)


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    if row.text("language") != spec.language:
        raise DataError(
            f"{row.location}: field 'language' is {row.text('language')!r}, "
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
        # A number names the same problem in every language except HTML.
        common_id="" if spec.language == "html" else task_id.replace(f"-{spec.language}/", "/"),
        licence=row.text("licence"),
    )


def _spec(name: str, language: str, file: str) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=name,
        language=language,
        title="codem-ray starter kit",
        licence="Apache-2.0",
        use=ANY_USE,
        file=file,
        build=_build,
        num_problems=104 if language == "html" else 108,
        notes=("made for trying the system: problems of one family share a group",),
    )


# Two benchmarks share a file, because results of a benchmark with a limit are marked as limited.
_FULL = tuple(_spec(f"starter-full-{name}", name, str(benchmark_path(name))) for name in _LANGUAGES)
_SHORT = tuple(
    replace(
        spec,
        name=f"starter-{spec.language}",
        title=f"{spec.title}, first problems",
        build=_build_short,
        num_problems=SHORT_PROBLEMS,
    )
    for spec in _FULL
)

_WORDS = tuple(
    replace(
        _spec(f"{WORDS}-{name}", name, str(benchmark_path(name, WORDS))),
        title="codem-ray starter kit, made-up words",
        num_problems=WORD_PROBLEMS,
        notes=("made-up words name programs: problems of one word share a group",),
    )
    for name in _LANGUAGES
    if name != "html"
)

FAMILY = BenchmarkFamily(
    title="codem-ray's starter",
    fields=frozenset({"task_id", "language", "prompt", "instruction", "tests", "broken"}),
    language_of=language_field,
    benchmarks=(*_SHORT, *_FULL, *_WORDS),
    # A file given by path is read whole. For languages from other packages the kit has no
    # problems, but a file may bring some in this format.
    file_benchmarks=(
        *_FULL,
        *(_spec(f"starter-{name}", name, "") for name in LANGUAGES if name not in _LANGUAGES),
    ),
)
