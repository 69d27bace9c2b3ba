"""Read a file of completions once, and refuse it before anything is executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Completion
from codem_ray.scoring.completion_files import CompletionFiles
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.formats.reading import UnusableRow, unanswered
from codem_ray.scoring.problem_index import ProblemIndex
from codem_ray.wording import plural

_ROWS_SHOWN = 10
_IDS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The counted contents of a file of completions."""

    samples: Mapping[str, int]
    """Completions by task id, of the problems within the limit."""
    beyond_limit: int
    """Completions that --limit excludes."""
    broken: tuple[UnusableRow, ...] = ()
    unanswered: tuple[UnusableRow, ...] = ()
    """Rows where the model never answered."""
    unknown: tuple[UnusableRow, ...] = ()
    """Completions of problems that the benchmark does not have."""
    unknown_ids: tuple[str, ...] = ()
    suggestion: str = ""
    """Names a problem that the benchmark has, and the benchmark that may be meant."""

    @property
    def num_completions(self) -> int:
        """Completions to judge."""
        return sum(self.samples.values())


def survey_file(
    file: CompletionFiles, benchmark: ProblemIndex, ks: Sequence[int], *, skip_broken: bool
) -> Survey:
    """Read a file and check that it can be scored.

    Raises:
        DataError: no completion belongs to the benchmark, or, without `skip_broken`, a row is
            broken or belongs to an unknown problem.
        ConfigError: a problem has fewer than k completions.
    """
    survey = _read(file, benchmark)
    if not survey.samples and not survey.broken and not survey.beyond_limit:
        _refuse_unknown(file, survey)
    if not survey.samples:
        first = survey.broken[0] if survey.broken else None
        raise DataError(
            f"{file.name}: holds no completion of {benchmark.name}"
            + (f"; broken rows: {len(survey.broken)}, the first: {first}" if first else "")
            + (f"; excluded by --limit: {survey.beyond_limit}" if survey.beyond_limit else "")
        )
    for k in ks:
        _require_samples(file, survey.samples, k)
    if not skip_broken:
        _refuse_broken(file, survey.broken)
        _refuse_unknown(file, survey)
    return survey


def numbered_completions(
    file: CompletionFiles, benchmark: ProblemIndex
) -> Iterator[tuple[WrittenCompletion, Completion]]:
    """Yield the completions within the limit, each with its number among its problem's samples."""
    samples: Counter[str] = Counter()
    for written in file:
        if isinstance(written, UnusableRow):
            continue
        problem = benchmark.find(written)
        if problem is None or problem.task_id not in benchmark.problems:
            continue
        completion = Completion(
            task_id=problem.task_id,
            sample=samples[problem.task_id],
            text=written.text,
            prompt_tokens=0,
            completion_tokens=0,
            is_truncated=False,
        )
        samples[problem.task_id] += 1
        yield written, completion


def _read(file: CompletionFiles, benchmark: ProblemIndex) -> Survey:
    samples: Counter[str] = Counter()
    unusable: list[UnusableRow] = []
    unknown: list[UnusableRow] = []
    unknown_ids: dict[str, None] = {}
    suggestion = ""
    beyond_limit = 0
    for entry in file:
        if isinstance(entry, UnusableRow):
            unusable.append(entry)
        elif (problem := benchmark.find(entry)) is None:
            suggestion = suggestion or benchmark.suggest(entry)
            unknown_ids.setdefault(entry.possible_ids[0] if entry.possible_ids else "")
            unknown.append(unanswered(entry.location, benchmark.describe_missing(entry)))
        elif problem.task_id in benchmark.problems:
            samples[problem.task_id] += 1
        else:
            beyond_limit += 1
    return Survey(
        samples=samples,
        beyond_limit=beyond_limit,
        broken=tuple(row for row in unusable if row.is_broken),
        unanswered=tuple(row for row in unusable if not row.is_broken),
        unknown=tuple(unknown),
        unknown_ids=tuple(unknown_ids),
        suggestion=suggestion,
    )


def _require_samples(file: CompletionFiles, samples: Mapping[str, int], k: int) -> None:
    short = [task_id for task_id, count in samples.items() if count < k]
    if short:
        more = f" and too few of {len(short) - 1} more" if len(short) > 1 else ""
        raise ConfigError(
            f"pass@{k} needs {k} completions of each problem; {file.name} has "
            f"{samples[short[0]]} of {short[0]}{more}: lower --k, or generate more completions"
        )


def _refuse_broken(file: CompletionFiles, broken: Sequence[UnusableRow]) -> None:
    if broken:
        shown = "".join(f"\n  {row}" for row in broken[:_ROWS_SHOWN])
        more = f"\n  and {len(broken) - _ROWS_SHOWN} more" if len(broken) > _ROWS_SHOWN else ""
        raise DataError(
            f"{file.name}: {plural(len(broken), 'row')} cannot be read; "
            f"correct the file, or leave them out with --skip-broken{shown}{more}"
        )


def _refuse_unknown(file: CompletionFiles, survey: Survey) -> None:
    if not survey.unknown:
        return
    first, ids = survey.unknown[0], survey.unknown_ids
    if len(survey.unknown) == 1:
        raise DataError(f"{first}; {survey.suggestion}; or leave it out with --skip-broken")
    more = f" and {len(ids) - _IDS_SHOWN} more ids" if len(ids) > _IDS_SHOWN else ""
    named = f" ({', '.join(ids[:_IDS_SHOWN])}{more})" if any(ids) else ""
    raise DataError(
        f"{file.name}: {len(survey.unknown)} completions belong to problems that the benchmark "
        f"does not have{named}; the first: {first}; {survey.suggestion}. Correct the file, name "
        "the field of the ids with --map task_id=NAME, or leave them out with --skip-broken"
    )
