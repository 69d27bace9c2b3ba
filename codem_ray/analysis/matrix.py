"""The transfer matrix: one cell per source, seed, benchmark, prompt style and k."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from codem_ray.analysis.cells import Cell
from codem_ray.analysis.csv_text import csv_text
from codem_ray.analysis.intervals import (
    DEFAULT_INTERVALS,
    NO_SEED_NOISE,
    IntervalSettings,
    SeedNoise,
    value_interval,
)
from codem_ray.analysis.paired import adjust_p_values, paired_gain
from codem_ray.analysis.scores import cells_by_key, pool
from codem_ray.analysis.seed_effects import seed_effects
from codem_ray.errors import DataError
from codem_ray.records import Metric, PromptStyle

if TYPE_CHECKING:
    import pandas as pd

ALL_SEEDS: Literal["all"] = "all"
"""Seed and trial of a cell that pools several seeds."""
BASE_SOURCE = "base"


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixCell:
    """One row of `transfer_matrix.csv`; None is an empty field.

    Values of pass@k are fractions of 1, losses nats per target token. Gains are positive if the
    model is better than `base`.
    """

    source: str
    target: str
    trial_id: str
    """`all` if seeds are pooled."""
    seed: int | Literal["all"]
    benchmark: str
    benchmark_digest: str
    prompt_style: PromptStyle
    metric: Metric
    k: int | None
    """None for a loss."""
    samples: int
    """Completions per problem and seed."""
    problems: int
    """Problems in the denominator."""
    value: float | None
    """Mean over problems; None: no problem was scored."""
    ci_low: float | None
    """None also for losses of a single group of problems, which give no interval."""
    ci_high: float | None
    baseline: float | None
    """Value of `base` in the baseline style, on the problems scored for both."""
    gain: float | None
    """None for `base` in the baseline style, and if there is no baseline."""
    gain_ci_low: float | None
    gain_ci_high: float | None
    p_value: float | None
    p_adjusted: float | None
    """None for `base`, which is not among the tests."""
    better: int | None
    worse: int | None
    incomplete: bool


class CellKey(NamedTuple):
    """Identity of a cell of a sweep's plan."""

    source: str
    seed: int | Literal["all"]
    benchmark: str
    prompt_style: PromptStyle


def transfer_matrix(
    results: pd.DataFrame,
    *,
    baseline_style: PromptStyle = PromptStyle.COMPLETION,
    k: Sequence[int] = (1,),
    intervals: IntervalSettings = DEFAULT_INTERVALS,
) -> list[MatrixCell]:
    """Compute the cells from rows of ProblemResult: base first, then in the order of the rows.

    For rows of LossResult, `k` has no effect, and `baseline_style` must be what
    `losses.baseline_style` returns.

    A source with several seeds gets a cell per seed and one that pools them. Gains are paired with
    `base` on the same problems and, if `base` has several seeds, with its mean over them. P-values
    are adjusted (Holm) within each matrix: the headline cells of one k, and the cells of one seed
    and k that are not headline cells. Intervals and tests of one seed describe the uncertainty over
    other problems of the same kind; those of pooled seeds also the uncertainty over other seeds.

    Raises DataError if the results cannot make a matrix, ConfigError if k exceeds the samples.
    """
    by_key = cells_by_key(results)
    rows = sorted(by_key.items(), key=lambda item: item[0].source != BASE_SOURCE)
    for key, seeds in rows:
        num_versions = len({cell.benchmark_digest for cell in seeds})
        if num_versions > 1:
            raise DataError(
                f"{key.source} has results of {num_versions} versions of {key.benchmark}: "
                "evaluate all its seeds on one"
            )
    cells: list[MatrixCell] = []
    for each_k in k:
        baselines = {
            (key.benchmark, seeds[0].benchmark_digest): pool(seeds, each_k).scores
            for key, seeds in rows
            if (key.source, key.prompt_style) == (BASE_SOURCE, baseline_style)
        }
        effects = seed_effects(by_key, each_k)
        cells_of_k = [
            _cell(
                members,
                each_k,
                baselines.get((key.benchmark, seeds[0].benchmark_digest), {}),
                baseline_style,
                intervals,
                effects.noise(len(members)) if effects else NO_SEED_NOISE,
            )
            for key, seeds in rows
            for members in [[cell] for cell in seeds] + ([seeds] if len(seeds) > 1 else [])
        ]
        cells.extend(_with_adjusted_p_values(cells_of_k))
    return cells


def _cell(
    members: Sequence[Cell],
    k: int,
    base_scores: Mapping[str, float],
    baseline_style: PromptStyle,
    intervals: IntervalSettings,
    noise: SeedNoise,
) -> MatrixCell:
    first, pooled = members[0], pool(members, k)
    scores = pooled.scores
    shared = [problem for problem in scores if problem in base_scores]
    is_baseline = (first.source, first.prompt_style) == (BASE_SOURCE, baseline_style)
    interval = gain = None
    if scores:
        groups = [pooled.groups[problem] for problem in scores]
        interval = value_interval(pooled.metric, list(scores.values()), groups, intervals, noise)
    if shared and not is_baseline:
        gain = paired_gain(
            [scores[problem] for problem in shared],
            [base_scores[problem] for problem in shared],
            [pooled.groups[problem] for problem in shared],
            intervals,
            pooled.metric,
            noise,
        )
    return MatrixCell(
        source=first.source,
        target=first.target,
        trial_id=first.trial_id if len(members) == 1 else ALL_SEEDS,
        seed=first.seed if len(members) == 1 else ALL_SEEDS,
        benchmark=first.benchmark,
        benchmark_digest=first.benchmark_digest,
        prompt_style=first.prompt_style,
        metric=pooled.metric,
        k=None if pooled.metric is Metric.LOSS else k,
        samples=pooled.samples,
        problems=len(scores),
        value=sum(scores.values()) / len(scores) if scores else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        baseline=sum(base_scores[problem] for problem in shared) / len(shared) if shared else None,
        gain=gain.gain if gain else None,
        gain_ci_low=gain.low if gain and isfinite(gain.low) else None,
        gain_ci_high=gain.high if gain and isfinite(gain.high) else None,
        p_value=gain.p_value if gain else None,
        p_adjusted=None,
        better=gain.better if gain else None,
        worse=gain.worse if gain else None,
        incomplete=pooled.is_incomplete,
    )


def _with_adjusted_p_values(cells: list[MatrixCell]) -> list[MatrixCell]:
    headline = set(headline_cells(cells))
    families: dict[object, list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        if cell.p_value is not None and cell.source != BASE_SOURCE:
            families["headline" if cell in headline else cell.seed].append(index)
    adjusted = list(cells)
    for members in families.values():
        values = [value for index in members if (value := cells[index].p_value) is not None]
        for index, value in zip(members, adjust_p_values(values), strict=True):
            adjusted[index] = replace(cells[index], p_adjusted=value)
    return adjusted


def headline_cells(cells: Iterable[MatrixCell]) -> list[MatrixCell]:
    """Return one cell per source, benchmark, prompt style and k: the one with pooled seeds."""
    chosen: dict[tuple[str, str, PromptStyle, int | None], MatrixCell] = {}
    for cell in cells:
        key = (cell.source, cell.benchmark, cell.prompt_style, cell.k)
        if key not in chosen or cell.seed == ALL_SEEDS:
            chosen[key] = cell
    return list(chosen.values())


def missing_cells(expected: Iterable[CellKey], cells: Iterable[MatrixCell]) -> list[CellKey]:
    """Return the expected cells that do not exist, in the expected order."""
    present = {CellKey(cell.source, cell.seed, cell.benchmark, cell.prompt_style) for cell in cells}
    return [key for key in expected if key not in present]


def write_csv(cells: Iterable[MatrixCell], path: Path) -> None:
    """Write `transfer_matrix.csv`."""
    path.write_text(csv_text(MatrixCell, cells), encoding="utf-8")
