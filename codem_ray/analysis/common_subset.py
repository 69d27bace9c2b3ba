"""Scores on the problems that every target has, so that languages can be set against each other."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from codem_ray.analysis.intervals import Interval, score_interval
from codem_ray.analysis.matrix import BASE_SOURCE
from codem_ray.analysis.paired import Gain, paired_gain
from codem_ray.analysis.scores import PooledScores, cells_by_model, pool
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd

ALL_TARGETS = "all"
"""The target of a row that is the mean over the targets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonScore:
    """One row of `common_subset.csv`: a source on one target, or on the mean of all."""

    problem_set: str
    """What the problems are known by in all languages: HumanEval, say."""
    source: str
    target: str
    benchmark: str
    """Empty for the mean over the targets."""
    prompt_style: PromptStyle
    k: int
    targets: int
    """Benchmarks that share the problems."""
    problems: int
    """Problems that all of them have, none quarantined in any, scored for every source."""
    pass_at_k: float
    ci_low: float
    ci_high: float
    gain: float | None
    """Over `base` in the baseline style; None for that itself and where it was not scored."""
    gain_ci_low: float | None
    gain_ci_high: float | None


@dataclass(frozen=True, slots=True)
class _Scores:
    """Scores by the name that a problem has in every language."""

    scores: Mapping[str, float]
    groups: Mapping[str, str]


def common_subset(
    results: pd.DataFrame,
    *,
    baseline_style: PromptStyle = PromptStyle.COMPLETION,
    k: int = 1,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> list[CommonScore]:
    """Return scores on the problems that all targets of a problem set have, and their means.

    Scores on different problems do not say which language is harder, nor which source is best over
    all. The mean over targets is taken problem by problem, so that its interval knows that a
    problem is the same one in every language. Nothing is returned for fewer than two targets.
    """
    names = common_names(results)
    rows: dict[str, dict[tuple[str, PromptStyle], dict[tuple[str, str], _Scores]]] = {}
    for (source, benchmark, style), cells in cells_by_model(results).items():
        pooled = pool(cells, k)
        for problem_set, own in _by_set(names.get(benchmark, {}), pooled).items():
            column = (cells[0].target, benchmark)
            rows.setdefault(problem_set, {}).setdefault((source, style), {})[column] = own
    found: list[CommonScore] = []
    for problem_set, models in rows.items():
        columns = list(dict.fromkeys(column for own in models.values() for column in own))
        whole = {model: own for model, own in models.items() if len(own) == len(columns)}
        if len({target for target, _ in columns}) < 2 or not whole:
            continue
        shared = set.intersection(
            *(set(one.scores) for own in whole.values() for one in own.values())
        )
        if not shared:
            continue
        compared = _Compared(sorted(shared), confidence, resamples)
        base = whole.get((BASE_SOURCE, baseline_style))
        for (source, style), columns_of in whole.items():
            is_reference = (source, style) == (BASE_SOURCE, baseline_style)
            for place in (*columns, None):
                scores = _one(columns_of, place)
                interval, gain = compared.compare(
                    scores, None if base is None or is_reference else _one(base, place)
                )
                target, benchmark = (ALL_TARGETS, "") if place is None else place
                found.append(
                    CommonScore(
                        problem_set=problem_set,
                        source=source,
                        target=target,
                        benchmark=benchmark,
                        prompt_style=style,
                        k=k,
                        targets=len(columns),
                        problems=len(shared),
                        pass_at_k=compared.mean(scores),
                        ci_low=interval.low,
                        ci_high=interval.high,
                        gain=gain.gain if gain else None,
                        gain_ci_low=gain.low if gain else None,
                        gain_ci_high=gain.high if gain else None,
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """The problems that are compared, in order, and how."""

    names: Sequence[str]
    confidence: float
    resamples: int

    def mean(self, own: _Scores) -> float:
        return sum(own.scores[name] for name in self.names) / len(self.names)

    def compare(self, own: _Scores, base: _Scores | None) -> tuple[Interval, Gain | None]:
        scores = [own.scores[name] for name in self.names]
        groups = [own.groups[name] for name in self.names]
        interval = score_interval(
            scores, groups, confidence=self.confidence, resamples=self.resamples
        )
        if base is None:
            return interval, None
        gain = paired_gain(
            scores,
            [base.scores[name] for name in self.names],
            groups,
            confidence=self.confidence,
            resamples=self.resamples,
        )
        return interval, gain


def _one(own: Mapping[tuple[str, str], _Scores], place: tuple[str, str] | None) -> _Scores:
    """Return the scores on one target, or each problem's mean over all."""
    if place is not None:
        return own[place]
    every = list(own.values())
    shared = set.intersection(*(set(one.scores) for one in every))
    means = {name: sum(one.scores[name] for one in every) / len(every) for name in shared}
    return _Scores(means, every[0].groups)


def common_names(results: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return, by benchmark and task id, what a problem is called in every language."""
    if "common_id" not in results.columns:
        return {}
    names: dict[str, dict[str, str]] = defaultdict(dict)
    columns = ("benchmark", "task_id", "common_id")
    for benchmark, task_id, common_id in zip(*(results[c].tolist() for c in columns), strict=True):
        if common_id:
            names[benchmark][task_id] = common_id
    return dict(names)


def _by_set(names: Mapping[str, str], pooled: PooledScores) -> dict[str, _Scores]:
    """Divide scores by what stands before the number of a problem's common name."""
    sets: dict[str, dict[str, float]] = defaultdict(dict)
    groups: dict[str, str] = {}
    for task_id, score in pooled.scores.items():
        if (name := names.get(task_id)) is not None:
            sets[name.rpartition("/")[0]][name] = score
            groups[name] = group_over_languages(pooled, task_id, name)
    return {problem_set: _Scores(scores, groups) for problem_set, scores in sets.items()}


def group_over_languages(pooled: PooledScores, task_id: str, name: str) -> str:
    """Return a problem's group: a problem that is its own has another name in each language."""
    group = pooled.groups.get(task_id, "")
    return name if group in ("", task_id) else group


def write_common_csv(rows: Iterable[CommonScore], path: Path) -> None:
    """Write `common_subset.csv`; it has a header alone where the targets share no problems."""
    columns = [item.name for item in fields(CommonScore)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_text(getattr(row, name)) for name in columns])


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
