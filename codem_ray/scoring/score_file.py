"""Score a file of completions: check the references, judge, write rows, compute the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from codem_ray.benchmarks import resolve
from codem_ray.errors import ConfigError, DataError
from codem_ray.execution.executor import local_executor
from codem_ray.extraction.answers import DEFAULT
from codem_ray.languages import language
from codem_ray.records import Completion, ExtractionOptions, Problem, PromptStyle
from codem_ray.sandbox.backends import sandbox_backend
from codem_ray.scoring.completion_files import CompletionFiles, open_all
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.formats.field_map import BY_NAME, FieldMap
from codem_ray.scoring.gate import require_references
from codem_ray.scoring.judging import (
    Advance,
    Execute,
    judge_completions,
    text_digest,
    with_progress,
)
from codem_ray.scoring.problem_index import ProblemIndex
from codem_ray.scoring.scored_file import ScoredFile
from codem_ray.scoring.scored_rows import SampleKey, ScoredSample, scored_row
from codem_ray.scoring.summary import FileScore, summarise
from codem_ray.scoring.survey import Survey, numbered_completions, survey_file
from codem_ray.wording import plural

MIN_BATCH = 16
"""Minimum number of completions judged together. An interrupted call loses one batch."""

ProgressBar = Callable[[str], AbstractContextManager[Advance]]
"""Shows a progress bar with this title while the context is open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRequest:
    """The options of `codem-ray evaluate --completions`."""

    completions: Sequence[Path]
    """Files, or folders of files."""
    benchmark: str
    """A name, or a file of problems."""
    language: str | None = None
    """Language of a file of problems whose rows do not name it."""
    out: Path | None = None
    ks: Sequence[int] = (1,)
    sandbox: str = "bubblewrap"
    uses_cache: bool = True
    skip_broken: bool = False
    quarantine: Sequence[str] = ()
    limit: int | None = None
    fields: FieldMap = BY_NAME
    """The fields that `--map` names."""
    extraction: ExtractionOptions = DEFAULT


def score_file(
    request: ScoreRequest, *, log: Callable[[str], None], progress: ProgressBar
) -> FileScore:
    """Score a file of completions; continue if `out` holds some of its rows already.

    Raises:
        ConfigError, DataError: the file, the benchmark and the request do not fit together.
        ReferenceGateError: a reference of a problem does not pass on this machine.
    """
    file = open_all(request.completions, request.fields, exclude=request.out)
    spec, problems = resolve(request.benchmark, language=request.language)
    problems = _with_quarantine(problems, request.quarantine)
    benchmark = ProblemIndex(spec, problems, request.limit)
    survey = survey_file(file, benchmark, request.ks, skip_broken=request.skip_broken)
    out = (
        ScoredFile(
            request.out,
            benchmark.name,
            benchmark.digest,
            extraction=request.extraction.label,
            quarantine=benchmark.quarantine,
            is_limited=benchmark.is_limited,
        )
        if request.out
        else None
    )
    with out or nullcontext():
        if not sandbox_backend(request.sandbox).isolates:
            log(f"warning: programs run without isolation (--sandbox {request.sandbox})")
        log(
            f"{file.name}: {file.description}; {plural(survey.num_completions, 'completion')} of "
            f"{plural(len(survey.samples), 'problem')} of {benchmark.name}"
        )
        if out is not None and out.done:
            log(f"{out.path} already holds {len(out.done)} of them; continuing from there")
        scored = _check_and_judge(request, file, benchmark, survey, out, progress)
    return summarise(scored, benchmark, survey, request.ks, request.extraction)


def judge_file(
    file: CompletionFiles,
    benchmark: ProblemIndex,
    execute: Execute,
    *,
    out: ScoredFile | None = None,
    options: ExtractionOptions = DEFAULT,
) -> list[ScoredSample]:
    """Judge the completions that `out` does not hold, batch by batch, and append them to it.

    Args:
        file: Completions of the benchmark.
        benchmark: Its problems.
        execute: Executes jobs and returns one verdict for each, in order.
        out: Open for appending.
        options: How answers are taken out of the completions.

    Raises:
        DataError: `out` holds outcomes of other completions.
    """
    done = dict(out.done) if out is not None else {}
    scored: list[ScoredSample] = []

    def waiting() -> Iterator[tuple[WrittenCompletion, Completion]]:
        for written, completion in numbered_completions(file, benchmark):
            before = done.pop((completion.task_id, completion.sample), None)
            if before is None:
                yield written, completion
                continue
            if before.completion_digest != text_digest(completion.text):
                raise _of_other_completions(out, before.key)
            scored.append(before)

    problems = list(benchmark.problems.values())
    build = language(benchmark.language).build
    batch_size = max(MIN_BATCH, build.batch_size if build else 0)
    remaining = waiting()
    while batch := list(islice(remaining, batch_size)):
        completions = [completion for _, completion in batch]
        judged = judge_completions(problems, completions, PromptStyle.COMPLETION, execute, options)
        rows = [
            scored_row(written, judgement, benchmark, options)
            for (written, _), judgement in zip(batch, judged, strict=True)
        ]
        scored += map(ScoredSample.from_row, rows)
        if out is not None:
            out.append(rows)
    for key in done:
        if key[0] in benchmark.problems:
            raise _of_other_completions(out, key)
    return scored


def _check_and_judge(
    request: ScoreRequest,
    file: CompletionFiles,
    benchmark: ProblemIndex,
    survey: Survey,
    out: ScoredFile | None,
    progress: ProgressBar,
) -> list[ScoredSample]:
    done = out.done if out is not None else {}
    waiting = Counter(
        task_id
        for task_id, count in survey.samples.items()
        for sample in range(count)
        if (task_id, sample) not in done
    )
    if not waiting:
        return judge_file(file, benchmark, lambda jobs: [], out=out)
    executor = local_executor(request.sandbox, uses_cache=request.uses_cache)
    with progress("references") as advance:
        # Not only those that wait, so that a continued call finds the first call's report.
        asked = survey.samples.keys() - set(request.quarantine)
        problems = [p for task_id, p in benchmark.problems.items() if task_id in asked]
        require_references(problems, executor, advance)
    with progress("completions") as advance:
        advance(0, waiting.total())
        execute = with_progress(executor, lambda done, more: advance(done, 0))
        return judge_file(file, benchmark, execute, out=out, options=request.extraction)


def _with_quarantine(problems: Sequence[Problem], task_ids: Sequence[str]) -> list[Problem]:
    """Exclude the named problems from every denominator."""
    unknown = set(task_ids) - {problem.task_id for problem in problems}
    if unknown:
        raise ConfigError(
            f"--quarantine {', '.join(sorted(unknown))}: the benchmark has no such problem; it has "
            f"{problems[0].task_id!r} and {len(problems) - 1} more"
        )
    return [
        replace(p, quarantine="as --quarantine asks") if p.task_id in task_ids else p
        for p in problems
    ]


def _of_other_completions(out: ScoredFile | None, key: SampleKey) -> DataError:
    path = out.path if out is not None else ""
    return DataError(
        f"{path} holds outcomes of other completions ({key[0]}, sample {key[1]}): name another "
        "--out, or remove it"
    )
