"""Scores on the problems that every target has, which make languages comparable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.analysis.csv_text import csv_text
from codem_ray.analysis.intervals import (
    DEFAULT_INTERVALS,
    NO_SEED_NOISE,
    IntervalSettings,
    SeedNoise,
    score_interval,
    widened,
)
from codem_ray.analysis.matrix import BASE_SOURCE
from codem_ray.analysis.paired import paired_gain
from codem_ray.analysis.scores import PooledScores, cells_by_key, pool
from codem_ray.analysis.seed_effects import SeedEffects, seed_effects
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd

ALL_TARGETS = "all"
"""The target of a row that holds the mean over all targets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonScore:
    """One row of `common_subset.csv`: a source on one target, or its mean over all targets."""

    problem_set: str
    """Name of the problems in all languages, such as HumanEval."""
    source: str
    target: str
    benchmark: str
    """Empty for the mean over the targets."""
    prompt_style: PromptStyle
    k: int
    targets: int
    """Number of benchmarks that share the problems."""
    problems: int
    """Number of problems that all of them have, quarantined in none and scored for every source."""
    pass_at_k: float
    ci_low: float
    ci_high: float
    gain: float | None
    """Over `base` in the baseline style; None for that row itself, and if it was not scored."""
    gain_ci_low: float | None
    gain_ci_high: float | None


class _ProblemScore(NamedTuple):
    score: float
    group: str


class _Seeds(NamedTuple):
    """The variance between seeds, and the number of seeds of each model."""

    effects: SeedEffects | None
    numbers: Mapping[_Model, int]

    def noise(self, model: _Model, num_targets: int) -> SeedNoise:
        if self.effects is None:
            return NO_SEED_NOISE
        return self.effects.noise(self.numbers[model], num_targets)


_Model = tuple[str, PromptStyle]
_Column = tuple[str, str]
"""Target and benchmark."""
_Scores = Mapping[_Column, Mapping[str, _ProblemScore]]
"""Scores of a model by column and by the common name of the problem."""


def common_subset(
    results: pd.DataFrame,
    *,
    baseline_style: PromptStyle = PromptStyle.COMPLETION,
    k: int = 1,
    intervals: IntervalSettings = DEFAULT_INTERVALS,
) -> list[CommonScore]:
    """Return scores on the problems that all targets of a problem set have, and their means.

    Scores on different problems do not show which language is harder, nor which source is best
    overall. The mean over targets is taken problem by problem, so its interval accounts for the
    same problem appearing in every language. A problem set needs at least two targets.
    """
    names = common_names(results)
    by_key = cells_by_key(results)
    seeds = _Seeds(
        seed_effects(by_key, k),
        {(key.source, key.prompt_style): len(cells) for key, cells in by_key.items()},
    )
    sets: dict[str, dict[_Model, dict[_Column, dict[str, _ProblemScore]]]] = {}
    for (source, benchmark, style), cells in by_key.items():
        column = (cells[0].target, benchmark)
        pooled = pool(cells, k)
        for task_id, score in pooled.scores.items():
            name = names.get(benchmark, {}).get(task_id)
            if name is not None:
                # The problem set is the part of a common name before its number.
                models = sets.setdefault(name.rpartition("/")[0], {})
                scores = models.setdefault((source, style), {}).setdefault(column, {})
                group = group_over_languages(pooled, task_id, name)
                scores[name] = _ProblemScore(score, group)
    return [
        row
        for problem_set, models in sets.items()
        for row in _rows_of_set(problem_set, models, baseline_style, k, intervals, seeds)
    ]


def _rows_of_set(
    problem_set: str,
    models: Mapping[_Model, _Scores],
    baseline_style: PromptStyle,
    k: int,
    intervals: IntervalSettings,
    seeds: _Seeds,
) -> Iterator[CommonScore]:
    columns = list(dict.fromkeys(column for scores in models.values() for column in scores))
    complete = {model: scores for model, scores in models.items() if len(scores) == len(columns)}
    if len({target for target, _ in columns}) < 2 or not complete:
        return
    problems = sorted(
        set.intersection(
            *(set(by_name) for by_column in complete.values() for by_name in by_column.values())
        )
    )
    if not problems:
        return
    baseline = complete.get((BASE_SOURCE, baseline_style))
    for (source, style), by_column in complete.items():
        for column in (*columns, None):
            scores, groups = _scores_on(by_column, column, problems)
            noise = seeds.noise((source, style), len(columns) if column is None else 1)
            interval = widened(
                score_interval(scores, groups, intervals),
                sum(scores) / len(scores),
                noise,
                intervals.confidence,
            )
            gain = None
            if baseline is not None and by_column is not baseline:
                base_scores, _ = _scores_on(baseline, column, problems)
                gain = paired_gain(scores, base_scores, groups, intervals, noise=noise)
            target, benchmark = column or (ALL_TARGETS, "")
            yield CommonScore(
                problem_set=problem_set,
                source=source,
                target=target,
                benchmark=benchmark,
                prompt_style=style,
                k=k,
                targets=len(columns),
                problems=len(problems),
                pass_at_k=sum(scores) / len(scores),
                ci_low=max(0.0, interval.low),
                ci_high=min(1.0, interval.high),
                gain=gain.gain if gain else None,
                gain_ci_low=gain.low if gain else None,
                gain_ci_high=gain.high if gain else None,
            )


def _scores_on(
    by_column: _Scores, column: _Column | None, problems: Sequence[str]
) -> tuple[list[float], list[str]]:
    """Return scores and groups of problems in one column, or their means over all columns."""
    chosen = [by_column[column]] if column is not None else list(by_column.values())
    scores = [sum(by_name[name].score for by_name in chosen) / len(chosen) for name in problems]
    return scores, [chosen[0][name].group for name in problems]


def common_names(results: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the common name of each problem in all languages, by benchmark and task id."""
    if "common_id" not in results.columns:
        return {}
    names: dict[str, dict[str, str]] = defaultdict(dict)
    columns = ["benchmark", "task_id", "common_id"]
    for benchmark, task_id, common_id in results[columns].itertuples(index=False, name=None):
        if common_id:
            names[benchmark][task_id] = common_id
    return dict(names)


def group_over_languages(pooled: PooledScores, task_id: str, name: str) -> str:
    """Return the group of a problem, which for an ungrouped problem is its common name."""
    group = pooled.groups.get(task_id, "")
    return name if group in ("", task_id) else group


def common_csv(rows: Iterable[CommonScore]) -> str:
    """Return `common_subset.csv`, which is only a header if the targets share no problems."""
    return csv_text(CommonScore, rows)
