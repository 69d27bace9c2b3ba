"""Sums up what a file of completions came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray.analysis import Interval, pass_at_k, score_interval
from codem_ray.records import Outcome
from codem_ray.scoring.score_file import Benchmark, Survey
from codem_ray.scoring.scored_rows import Scored

_UNJUDGED = frozenset({Outcome.NOT_RUN, Outcome.INFRASTRUCTURE_ERROR})


@dataclass(frozen=True, kw_only=True, slots=True)
class PassAtK:
    """The mean of pass@k over problems."""

    value: float
    interval: Interval
    problems: int
    """In the denominator: answered, not quarantined, with at least k verdicts."""
    groups: int
    """Problems that are resampled together count as one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileScore:
    """What a file of completions came to; shares are fractions of 1."""

    benchmark: str
    benchmark_digest: str
    language: str
    is_limited: bool
    completions: int
    samples: tuple[int, int]
    """Fewest and most completions of an answered problem."""
    pass_at_k: Mapping[int, PassAtK | None]
    """By k; None: no problem has a verdict that counts."""
    outcomes: Mapping[str, int]
    """Completions by outcome, quarantined problems left out."""
    no_answer: Mapping[str, int]
    """Completions out of which nothing could be taken, by the language asked for."""
    wrong_language: Mapping[str, Mapping[str, int]]
    """Failed completions in another language: by the one asked for, then by the one found."""
    quarantined: Mapping[str, str]
    """Answered problems that stand in no denominator, with the reason."""
    unanswered: tuple[str, ...]
    """Problems without a completion."""
    left_out: tuple[str, ...]
    """Rows of the file that hold no completion, with the reason."""
    not_found_out: int
    """Completions with an infrastructure error: the same command tries them again."""
    beyond_limit: int
    problems_asked: int = 0
    """Problems of the benchmark, or of its first `--limit`, that are not quarantined."""

    @property
    def is_incomplete(self) -> bool:
        """Whether something that should have been scored was not."""
        return bool(self.unanswered or self.left_out or self.not_found_out)


def sum_up(
    scored: Sequence[Scored], benchmark: Benchmark, survey: Survey, ks: Sequence[int]
) -> FileScore:
    """Return the scores; problems of one group are resampled together for the intervals."""
    problems = {problem.task_id: problem for problem in benchmark.problems}
    language = benchmark.problems[0].language
    counted = [one for one in scored if problems[one.task_id].quarantine is None]
    judged, passed = Counter[str](), Counter[str]()
    for one in counted:
        if one.outcome not in _UNJUDGED:
            judged[one.task_id] += 1
            passed[one.task_id] += one.outcome is Outcome.PASSED
    outcomes = Counter(one.outcome for one in counted)
    return FileScore(
        benchmark=benchmark.name,
        benchmark_digest=benchmark.digest,
        language=language,
        is_limited=benchmark.is_limited,
        completions=survey.completions,
        samples=(min(survey.samples.values()), max(survey.samples.values())),
        pass_at_k={k: _pass_at(k, judged, passed, benchmark) for k in ks},
        outcomes={str(outcome): count for outcome, count in outcomes.most_common()},
        no_answer={language: outcomes[Outcome.NO_ANSWER]},
        wrong_language={
            language: dict(
                Counter(one.wrong_language for one in counted if one.wrong_language).most_common()
            )
        },
        quarantined={
            task_id: problem.quarantine
            for task_id, problem in problems.items()
            if problem.quarantine is not None and task_id in survey.samples
        },
        unanswered=tuple(task_id for task_id in problems if task_id not in survey.samples),
        left_out=tuple(
            f"{one.where}: {one.reason}"
            for one in (*survey.broken, *survey.unknown, *survey.unanswered)
        ),
        not_found_out=outcomes[Outcome.INFRASTRUCTURE_ERROR],
        beyond_limit=survey.beyond_limit,
        problems_asked=sum(problem.quarantine is None for problem in problems.values()),
    )


def _pass_at(
    k: int, judged: Counter[str], passed: Counter[str], benchmark: Benchmark
) -> PassAtK | None:
    members = [problem for problem in benchmark.problems if judged[problem.task_id] >= k]
    if not members:
        return None
    scores = [pass_at_k(judged[p.task_id], passed[p.task_id], k) for p in members]
    return PassAtK(
        value=sum(scores) / len(scores),
        interval=score_interval(scores, [problem.group for problem in members]),
        problems=len(scores),
        groups=len({problem.group or problem.task_id for problem in members}),
    )
