"""Scores completions that were made elsewhere, without torch or Ray."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from codem_ray.benchmarks import BENCHMARKS, BenchmarkSpec, benchmark_digest
from codem_ray.corpora.language_labels import mismatched_language
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import language
from codem_ray.records import Completion, Job, Outcome, Problem, PromptStyle, Verdict
from codem_ray.scoring.completion_files import CompletionFile, Unusable, Written
from codem_ray.scoring.judging import JudgedCompletion, judge_completions, text_digest
from codem_ray.scoring.scored_rows import Key, Scored, ScoredFile, scored_row

Execute = Callable[[Sequence[Job]], list[Verdict]]
SMALLEST_LOT = 16
"""Completions judged together where no compiler wants more: what an interrupted call loses."""
_SHOWN = 10
_IDS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The problems that a file of completions is held against."""

    name: str
    digest: str
    """Of all problems, whatever `limit` is."""
    problems: tuple[Problem, ...]
    """The first `limit` of them."""
    is_limited: bool
    _known: Mapping[str, Problem] = field(repr=False)
    _numbered: Mapping[str, Problem] = field(repr=False)
    _prompted: Mapping[str, Problem] = field(repr=False)
    _ordered: tuple[Problem, ...] = field(repr=False)
    _common: Mapping[str, Problem] = field(repr=False, default_factory=dict)
    _spec: BenchmarkSpec | None = field(repr=False, default=None)

    @classmethod
    def of(
        cls, spec: BenchmarkSpec, problems: Sequence[Problem], limit: int | None = None
    ) -> Benchmark:
        """Index all problems of a benchmark, of which the first `limit` are to be scored."""
        return cls(
            name=spec.name,
            digest=benchmark_digest(problems),
            problems=tuple(problems[:limit]),
            is_limited=limit is not None,
            _known={problem.task_id: problem for problem in problems},
            _numbered={
                found.group(): problem
                for problem in problems
                if (found := re.search(r"(?<![^/_])\d+(?![^/_])", problem.task_id))
            },
            _prompted={problem.prompt.strip(): problem for problem in problems},
            _ordered=tuple(problems),
            _common={problem.common_id: problem for problem in problems if problem.common_id},
            _spec=spec,
        )

    def find(self, one: Written) -> Problem | None:
        """Return the problem that a completion is for; None: the benchmark has it not."""
        if one.position is not None:
            return self._ordered[one.position] if one.position < len(self._ordered) else None
        aliases = self._spec.id_aliases if self._spec is not None else ()
        for name in one.names:
            if name in self._known:
                return self._known[name]
            if name in self._common:
                return self._common[name]
            prefix, _, number = name.rpartition("/")
            if prefix in aliases and number in self._numbered:
                return self._numbered[number]
        if one.prompt is not None and one.prompt.strip() in self._prompted:
            return self._prompted[one.prompt.strip()]
        return None

    def lack(self, one: Written) -> str:
        """Say what it has not: the problem of a completion that `find` does not know."""
        if one.position is not None:
            return (
                f"{self.name} has {len(self._ordered)} problems; is the file of another benchmark?"
            )
        return f"{self.name} has no problem {' or '.join(map(repr, one.names)) or 'without a name'}"

    def hint(self, one: Written) -> str:
        """Say what it has instead of an unknown problem, and which benchmark may be meant."""
        more = f" and {len(self._ordered) - 1} more" if len(self._ordered) > 1 else ""
        other = next(filter(None, map(self._sibling, one.names)), None)
        meant = f"; such ids are those of {other}: --benchmark {other}" if other else ""
        return f"it has {self._ordered[0].task_id!r}{more}{meant}"

    def _sibling(self, name: str) -> str | None:
        """Return the benchmark of the same family whose ids begin as this one."""
        prefix = name.rpartition("/")[0]
        if self._spec is None or prefix == self.name:
            return None
        if prefix in BENCHMARKS:
            return prefix
        called = _language_named(prefix)
        family = self._ordered[0].benchmark.rpartition("-")[0]
        for other in BENCHMARKS.values():
            is_kin = other.build is self._spec.build or other.name.rpartition("-")[0] == family
            if is_kin and other.language == called and other.language != self._spec.language:
                return other.name
        return None


def _language_named(prefix: str) -> str | None:
    try:
        return language(prefix).name
    except ConfigError:
        return None


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a file holds, found out before anything is executed."""

    samples: Mapping[str, int]
    """Completions by task id, of the problems within the limit."""
    beyond_limit: int
    """Completions that --limit leaves out."""
    broken: tuple[Unusable, ...]
    unanswered: tuple[Unusable, ...]
    """Where the file says that the model never answered."""
    unknown: tuple[Unusable, ...] = ()
    """Completions of problems that the benchmark has not."""
    unknown_ids: tuple[str, ...] = ()
    hint: str = ""
    """What the benchmark has instead."""

    @property
    def completions(self) -> int:
        """Completions to be judged."""
        return sum(self.samples.values())


def survey(file: CompletionFile, benchmark: Benchmark, ks: Sequence[int]) -> Survey:
    """Read a file once through, so that nothing is executed for one that cannot be scored.

    Raises:
        DataError: there is no completion of a problem of the benchmark.
        ConfigError: a problem has fewer than k completions.
    """
    wanted = {problem.task_id for problem in benchmark.problems}
    samples: Counter[str] = Counter()
    broken: list[Unusable] = []
    unanswered: list[Unusable] = []
    unknown: list[Unusable] = []
    unknown_ids: dict[str, None] = {}
    hint = ""
    beyond = 0
    for entry in file:
        if isinstance(entry, Unusable):
            (broken if entry.is_broken else unanswered).append(entry)
            continue
        problem = benchmark.find(entry)
        if problem is None:
            hint = hint or benchmark.hint(entry)
            unknown_ids.setdefault(entry.names[0] if entry.names else "")
            unknown.append(
                Unusable(where=entry.where, reason=benchmark.lack(entry), is_broken=False)
            )
            continue
        task_id = problem.task_id
        samples[task_id] += task_id in wanted
        beyond += task_id not in wanted
    samples = +samples
    found = Survey(
        samples=samples,
        beyond_limit=beyond,
        broken=tuple(broken),
        unanswered=tuple(unanswered),
        unknown=tuple(unknown),
        unknown_ids=tuple(unknown_ids),
        hint=hint,
    )
    if not samples and not broken and not beyond:
        refuse_unknown(file, found)
    if not samples:
        raise DataError(
            f"{file.path}: holds no completion of {benchmark.name}"
            + (f"; {_rows(len(broken))} broken, the first: {_said(broken[0])}" if broken else "")
            + (f"; --limit leaves {beyond} out" if beyond else "")
        )
    for k in ks:
        short = [task_id for task_id, count in samples.items() if count < k]
        if short:
            raise ConfigError(
                f"pass@{k} needs {k} completions of each problem; {file.path} has "
                f"{samples[short[0]]} of {short[0]}"
                + (f" and too few of {len(short) - 1} more" if len(short) > 1 else "")
                + ": lower --k, or have more written"
            )
    return found


def refuse_unknown(file: CompletionFile, found: Survey) -> None:
    """Raise DataError that counts the completions of unknown problems and names the first ids."""
    if not found.unknown:
        return
    first, ids = found.unknown[0], found.unknown_ids
    if len(found.unknown) == 1:
        raise DataError(f"{_said(first)}; {found.hint}; or leave it out with --skip-broken")
    more = f" and {len(ids) - _IDS_SHOWN} more ids" if len(ids) > _IDS_SHOWN else ""
    named = f" ({', '.join(ids[:_IDS_SHOWN])}{more})" if any(ids) else ""
    raise DataError(
        f"{file.path}: {len(found.unknown)} completions are of problems that the benchmark has not"
        f"{named}; the first: {_said(first)}; {found.hint}. Mend them, or leave them out with "
        "--skip-broken"
    )


def _rows(count: int) -> str:
    return f"{count} row is" if count == 1 else f"{count} rows are"


def refuse_broken(file: CompletionFile, broken: Sequence[Unusable]) -> None:
    """Raise DataError that counts the broken rows and names the first ones."""
    if broken:
        shown = "".join(f"\n  {_said(one)}" for one in broken[:_SHOWN])
        more = f"\n  and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
        raise DataError(
            f"{file.path}: {len(broken)} {'row' if len(broken) == 1 else 'rows'} cannot be read; "
            f"mend what is broken, or leave it out with --skip-broken{shown}{more}"
        )


def _said(one: Unusable) -> str:
    return f"{one.where}: {one.reason}"


def numbered(file: CompletionFile, benchmark: Benchmark) -> Iterator[tuple[Written, Completion]]:
    """Yield the completions within the limit, each with its number among those of its problem."""
    wanted = {problem.task_id for problem in benchmark.problems}
    samples: Counter[str] = Counter()
    for entry in file:
        if isinstance(entry, Unusable):
            continue
        problem = benchmark.find(entry)
        if problem is None or problem.task_id not in wanted:
            continue
        task_id = problem.task_id
        sample = samples[task_id]
        samples[task_id] += 1
        yield (
            entry,
            Completion(
                task_id=task_id,
                sample=sample,
                text=entry.text,
                prompt_tokens=0,
                completion_tokens=0,
                is_truncated=False,
            ),
        )


def judge_file(
    file: CompletionFile,
    benchmark: Benchmark,
    execute: Execute,
    *,
    out: ScoredFile | None = None,
    passed_over: Callable[[int], None] = lambda count: None,
) -> list[Scored]:
    """Judge what `out` does not hold yet, chunk by chunk, and append it there.

    Args:
        execute: Judges jobs; one verdict each, in order.
        out: Open to be appended to.
        passed_over: Hears of completions that were judged before.

    Raises:
        DataError: `out` holds outcomes of other completions.
    """
    by_id = {problem.task_id: problem for problem in benchmark.problems}
    done = dict(out.done) if out is not None else {}
    scored: list[Scored] = []

    def waiting() -> Iterator[tuple[Written, Completion]]:
        for written, completion in numbered(file, benchmark):
            before = done.pop((completion.task_id, completion.sample), None)
            if before is None:
                yield written, completion
                continue
            if before.completion_digest != text_digest(completion.text):
                raise _of_others(out, before.key)
            scored.append(before)
            passed_over(1)

    build = language(benchmark.problems[0].language).build
    lot = max(SMALLEST_LOT, build.batch_size if build else 0)
    left = waiting()
    while chunk := list(islice(left, lot)):
        judged = judge_completions(
            benchmark.problems, [one for _, one in chunk], PromptStyle.COMPLETION, execute
        )
        rows = []
        for (written, _), one in zip(chunk, judged, strict=True):
            row, found = _found(written.kept, one, by_id[one.completion.task_id], benchmark)
            rows.append(row)
            scored.append(found)
        if out is not None:
            out.append(rows)
    for key in done:
        if key[0] in by_id:
            raise _of_others(out, key)
    return scored


def _found(
    kept: Mapping[str, Any], one: JudgedCompletion, problem: Problem, benchmark: Benchmark
) -> tuple[dict[str, Any], Scored]:
    outcome, text = one.verdict.outcome, one.completion.text
    is_suspect = outcome not in (Outcome.PASSED, Outcome.NO_ANSWER)
    wrong = mismatched_language(text, problem.language) if is_suspect else None
    row = scored_row(
        kept,
        one,
        problem,
        benchmark_digest=benchmark.digest,
        wrong_language=wrong,
        is_limited=benchmark.is_limited,
    )
    found = Scored(
        task_id=problem.task_id,
        sample=one.completion.sample,
        outcome=outcome,
        wrong_language=wrong,
        completion_digest=text_digest(text),
    )
    return row, found


def _of_others(out: ScoredFile | None, key: Key) -> DataError:
    path = out.path if out is not None else ""
    return DataError(
        f"{path} holds outcomes of other completions ({key[0]}, sample {key[1]}): name another "
        "--out, or remove it"
    )
