"""The score of a file of completions: pass@k, outcomes, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codem_ray import __version__
from codem_ray.analysis import pass_at_k, score_interval
from codem_ray.analysis.scores import UNJUDGED
from codem_ray.extraction.answers import DEFAULT
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_versions
from codem_ray.records import ExtractionOptions, Outcome
from codem_ray.scoring.problem_index import ProblemIndex
from codem_ray.scoring.scored_rows import ScoredSample
from codem_ray.scoring.survey import Survey


@dataclass(frozen=True, kw_only=True, slots=True)
class PassAtK:
    """The mean of pass@k over problems, with its 95 % interval."""

    pass_at_k: float
    ci_low: float
    ci_high: float
    problems: int
    """Problems in the denominator: answered, not quarantined, with at least k verdicts."""
    groups: int
    """Problems that are resampled together count as one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileScore:
    """The score of a file of completions. Shares are fractions of 1."""

    benchmark: str
    benchmark_digest: str
    language: str
    is_limited: bool
    extraction: str
    """Label of the options by which answers were taken out of completions."""
    completions: int
    samples: tuple[int, int]
    """Fewest and most completions of an answered problem."""
    pass_at_k: Mapping[int, PassAtK | None]
    """Scores by k. None if no problem has a verdict that counts."""
    outcomes: Mapping[str, int]
    """Completions by outcome, without quarantined problems."""
    no_answer: Mapping[str, int]
    """Completions without an answer, by target language."""
    wrong_language: Mapping[str, Mapping[str, int]]
    """Failed completions in another language, by target language and the language found."""
    quarantined: Mapping[str, str]
    """Reasons by task id, of the answered problems outside every denominator."""
    unanswered: tuple[str, ...]
    """Problems without a completion."""
    left_out: tuple[str, ...]
    """Rows of the file that were not scored, with the reason; `unknown` ones included."""
    unknown: tuple[str, ...]
    """Rows whose problem the benchmark does not have."""
    infrastructure_errors: int
    """Completions without a verdict; running the same command again judges them."""
    beyond_limit: int
    passed_here_only: tuple[str, ...]
    """Samples that failed according to the tool that wrote the file, as `task_id, sample N`."""
    passed_elsewhere_only: tuple[str, ...]
    """Samples that passed according to that tool and failed here."""
    judged_elsewhere: int
    """Completions with a verdict of that tool."""
    problems_asked: int
    """Problems of the benchmark, or of its first `--limit`, that are not quarantined."""

    @property
    def is_incomplete(self) -> bool:
        """Whether something that should have been scored was not."""
        return bool(self.unanswered or self.left_out or self.infrastructure_errors)

    def to_json(self) -> dict[str, Any]:
        """Return the score as plain data."""
        plain = asdict(self)
        plain["not_found_out"] = plain.pop("infrastructure_errors")
        return plain | {"is_incomplete": self.is_incomplete}


def summarise(
    scored: Sequence[ScoredSample],
    benchmark: ProblemIndex,
    survey: Survey,
    ks: Sequence[int],
    options: ExtractionOptions = DEFAULT,
) -> FileScore:
    """Compute the scores. Problems of one group are resampled together for the intervals."""
    problems = benchmark.problems
    counted = [sample for sample in scored if problems[sample.task_id].quarantine is None]
    judged, passed = Counter[str](), Counter[str]()
    for sample in counted:
        if sample.outcome not in UNJUDGED:
            judged[sample.task_id] += 1
            passed[sample.task_id] += sample.outcome is Outcome.PASSED
    outcomes = Counter(sample.outcome for sample in counted)
    wrong_languages = Counter(sample.wrong_language for sample in counted if sample.wrong_language)
    return FileScore(
        benchmark=benchmark.name,
        benchmark_digest=benchmark.digest,
        language=benchmark.language,
        is_limited=benchmark.is_limited,
        extraction=options.label,
        completions=survey.num_completions,
        samples=(min(survey.samples.values()), max(survey.samples.values())),
        pass_at_k={k: _pass_at_k(k, judged, passed, benchmark) for k in ks},
        outcomes={str(outcome): count for outcome, count in outcomes.most_common()},
        no_answer={benchmark.language: outcomes[Outcome.NO_ANSWER]},
        wrong_language={benchmark.language: dict(wrong_languages.most_common())},
        quarantined={
            task_id: problem.quarantine
            for task_id, problem in problems.items()
            if problem.quarantine is not None and task_id in survey.samples
        },
        unanswered=tuple(task_id for task_id in problems if task_id not in survey.samples),
        left_out=tuple(map(str, (*survey.broken, *survey.unknown, *survey.unanswered))),
        unknown=tuple(map(str, survey.unknown)),
        infrastructure_errors=outcomes[Outcome.INFRASTRUCTURE_ERROR],
        beyond_limit=survey.beyond_limit,
        passed_here_only=_differing(counted, is_passed=True),
        passed_elsewhere_only=_differing(counted, is_passed=False),
        judged_elsewhere=sum(sample.passed_elsewhere is not None for sample in counted),
        problems_asked=sum(problem.quarantine is None for problem in problems.values()),
    )


def _differing(samples: Sequence[ScoredSample], *, is_passed: bool) -> tuple[str, ...]:
    """Return the samples with this verdict here and the opposite one elsewhere."""
    return tuple(
        f"{sample.task_id}, sample {sample.sample}"
        for sample in samples
        if sample.outcome not in UNJUDGED
        and (sample.outcome is Outcome.PASSED) is is_passed
        and sample.passed_elsewhere is (not is_passed)
    )


def scoring_environment(sandbox: str, target: str) -> dict[str, str]:
    """Return what a published score should name: sandbox, toolchain and version."""
    return {
        "sandbox": sandbox,
        "toolchain": toolchain_versions(language(target)),
        "codem_ray": __version__,
    }


def _pass_at_k(
    k: int, judged: Counter[str], passed: Counter[str], benchmark: ProblemIndex
) -> PassAtK | None:
    members = [problem for problem in benchmark.problems.values() if judged[problem.task_id] >= k]
    if not members:
        return None
    scores = [pass_at_k(judged[p.task_id], passed[p.task_id], k) for p in members]
    interval = score_interval(scores, [problem.group for problem in members])
    return PassAtK(
        pass_at_k=sum(scores) / len(scores),
        ci_low=interval.low,
        ci_high=interval.high,
        problems=len(scores),
        groups=len({problem.group or problem.task_id for problem in members}),
    )
