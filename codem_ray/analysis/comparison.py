"""Comparison of two sets of outcomes on the same problems, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import stdev
from typing import TYPE_CHECKING

from codem_ray.analysis.cells import Cell
from codem_ray.analysis.intervals import NO_SEED_NOISE, SeedNoise, group_sums
from codem_ray.analysis.paired import (
    adjust_p_values,
    paired_gain,
    smallest_detectable_gain,
    smallest_detectable_shift,
)
from codem_ray.analysis.scores import PooledKey, cells_by_key, pool
from codem_ray.analysis.seed_effects import SeedEffects, seed_effects
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Metric

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class CellComparison:
    """B compared with A in one cell. Scores are fractions of 1, or losses in nats per token."""

    place: PooledKey
    target: str
    benchmark_digest: str
    metric: Metric
    k: int | None
    """None for a loss."""
    is_single: bool
    """Whether both have one completion per problem, which passes or fails."""
    problems: int
    """Problems scored in both. The others are in `missing_*` and `unjudged_*`."""
    score_a: float
    score_b: float
    difference: float
    """B minus A, or A minus B for losses: positive if B is better."""
    low: float
    high: float
    p_value: float
    """Two-sided, for the hypothesis of no difference; see `sign_flip_p_value`."""
    p_adjusted: float
    """Adjusted over the compared cells (Holm)."""
    better_a: tuple[str, ...]
    """Problems on which A is better; with one sample, those that only A passes."""
    better_b: tuple[str, ...]
    missing_a: tuple[str, ...]
    """Problems for which only B has rows."""
    missing_b: tuple[str, ...]
    unjudged_a: tuple[str, ...]
    """Problems with fewer than k verdicts."""
    unjudged_b: tuple[str, ...]
    groups: int
    """Independent groups among the compared problems."""
    discordant_share: float
    """Share of the compared problems on which the scores differ."""
    deviation: float
    """Standard deviation of the differences between the scores of a problem."""
    detectable: float | None = None
    """The smallest difference that such a comparison detects with 80 % power, corrected for the
    number of cells. Groups count as problems. It is computed from `discordant_share` for single
    completions, else from `deviation`. None: not even the largest difference is detected."""

    @property
    def is_incomplete(self) -> bool:
        """Whether a problem could not be compared."""
        return bool(self.missing_a or self.missing_b or self.unjudged_a or self.unjudged_b)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Comparison of two sets."""

    cells: tuple[CellComparison, ...]
    not_compared: Mapping[PooledKey, str]
    """Cells that cannot be compared, with the reason."""
    limited: tuple[str, ...] = ()
    """Which of A and B contain only the first problems of a benchmark."""

    @property
    def is_incomplete(self) -> bool:
        """Whether a cell or problem could not be compared."""
        return bool(self.not_compared) or any(cell.is_incomplete for cell in self.cells)


def compare(a: pd.DataFrame, b: pd.DataFrame, *, k: int = 1) -> Comparison:
    """Compare rows, paired by source, benchmark, prompt style and problem.

    Both frames hold rows of ProblemResult, or both of LossResult. Seeds of a source are averaged
    first, and the variance between them is in intervals and tests. Problems of a group are
    resampled together.

    Raises:
        DataError: no cell occurs in both with the same version of its benchmark.
        ConfigError: k exceeds the samples of a problem.
    """
    sides = cells_by_key(a), cells_by_key(_with_benchmark_names_of(a, b))
    comparable: list[tuple[PooledKey, Sequence[Cell], Sequence[Cell]]] = []
    not_compared: dict[PooledKey, str] = {}
    for key in dict.fromkeys((*sides[0], *sides[1])):
        cells_a, cells_b = (side.get(key) for side in sides)
        if cells_a is None or cells_b is None:
            not_compared[key] = f"only {'A' if cells_b is None else 'B'} has it"
            continue
        digests_a, digests_b = (
            sorted({cell.benchmark_digest for cell in cells_of_side})
            for cells_of_side in (cells_a, cells_b)
        )
        if digests_a != digests_b or len(digests_a) > 1:
            not_compared[key] = (
                f"different versions of the benchmark: digest {', '.join(digests_a)} in A, "
                f"{', '.join(digests_b)} in B"
            )
            continue
        _check_samples(key, cells_a, cells_b, k)
        comparable.append((key, cells_a, cells_b))
    effects_a = seed_effects({key: cells_a for key, cells_a, _ in comparable}, k)
    effects_b = seed_effects({key: cells_b for key, _, cells_b in comparable}, k)
    cells: list[CellComparison] = []
    for key, cells_a, cells_b in comparable:
        noise = _joint_noise((effects_a, cells_a), (effects_b, cells_b))
        compared = _compare_cell(key, cells_a, cells_b, k, noise)
        if compared is None:
            not_compared[key] = "no problem has a score in both"
        else:
            cells.append(compared)
    if not cells:
        raise DataError(
            "nothing can be compared: "
            + "; ".join(f"{_name(key)}: {why}" for key, why in list(not_compared.items())[:6])
        )
    return Comparison(
        cells=_corrected_for_number(cells),
        not_compared=not_compared,
        limited=tuple(name for name, frame in (("A", a), ("B", b)) if _is_limited(frame)),
    )


def _is_limited(frame: pd.DataFrame) -> bool:
    return "is_limited" in frame.columns and bool(frame["is_limited"].any())


def _with_benchmark_names_of(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Rename B's benchmarks as in A: a file with the same problems may have another name."""
    if not {"benchmark", "benchmark_digest"} <= {*a.columns} & {*b.columns}:
        return b
    names = dict(zip(a["benchmark_digest"], a["benchmark"], strict=True))
    return b.assign(benchmark=b["benchmark_digest"].map(names).fillna(b["benchmark"]))


def _name(key: PooledKey) -> str:
    return f"{key.source} on {key.benchmark}" if key.source else key.benchmark


def _joint_noise(*sides: tuple[SeedEffects | None, Sequence[Cell]]) -> SeedNoise:
    """Return the noise of seeds of a difference; none if both sides are the same models."""
    models = [{cell.trial_id for cell in cells} for _, cells in sides]
    if models[0] == models[1]:
        return NO_SEED_NOISE
    noises = [effects.noise(len(cells)) for effects, cells in sides if effects is not None]
    return SeedNoise(
        sum(noise.variance for noise in noises),
        min((noise.degrees for noise in noises if noise.variance > 0), default=1),
    )


def _check_samples(
    key: PooledKey, cells_a: Sequence[Cell], cells_b: Sequence[Cell], k: int
) -> None:
    for name, cells in (("A", cells_a), ("B", cells_b)):
        fewest = min(cell.samples for cell in cells)
        if 0 < fewest < k:
            raise ConfigError(
                f"pass@{k} needs {k} completions of each problem; {name} has {fewest} in "
                f"{_name(key)}: lower --k"
            )


def _compare_cell(
    key: PooledKey,
    cells_a: Sequence[Cell],
    cells_b: Sequence[Cell],
    k: int,
    noise: SeedNoise,
) -> CellComparison | None:
    """Compare one cell, p-values not adjusted yet; None if no problem has a score in both."""
    pooled_a, pooled_b = pool(cells_a, k), pool(cells_b, k)
    problems = [problem for problem in pooled_a.scores if problem in pooled_b.scores]
    if not problems:
        return None
    scores_a = [pooled_a.scores[problem] for problem in problems]
    scores_b = [pooled_b.scores[problem] for problem in problems]
    metric = pooled_a.metric
    differences = [metric.sign * (b - a) for a, b in zip(scores_a, scores_b, strict=True)]
    groups = [pooled_a.groups[problem] for problem in problems]
    gain = paired_gain(scores_b, scores_a, groups, metric=metric, noise=noise)
    asked_a, asked_b = (
        {problem for cell in cells for problem in cell.asked} for cells in (cells_a, cells_b)
    )
    return CellComparison(
        place=key,
        target=cells_a[0].target,
        benchmark_digest=cells_a[0].benchmark_digest,
        metric=metric,
        k=None if metric is Metric.LOSS else k,
        is_single=metric is Metric.PASS_AT_K
        and all(len(cells) == 1 and cells[0].samples == 1 for cells in (cells_a, cells_b)),
        problems=len(problems),
        score_a=sum(scores_a) / len(problems),
        score_b=sum(scores_b) / len(problems),
        difference=gain.gain,
        low=gain.low,
        high=gain.high,
        p_value=gain.p_value,
        p_adjusted=gain.p_value,
        better_a=tuple(problem for problem, d in zip(problems, differences, strict=True) if d < 0),
        better_b=tuple(problem for problem, d in zip(problems, differences, strict=True) if d > 0),
        missing_a=tuple(sorted(asked_b - asked_a)),
        missing_b=tuple(sorted(asked_a - asked_b)),
        unjudged_a=tuple(sorted((asked_a & asked_b) - pooled_a.scores.keys())),
        unjudged_b=tuple(sorted((asked_a & asked_b) - pooled_b.scores.keys())),
        groups=len(group_sums(differences, groups)[0]),
        discordant_share=(gain.better + gain.worse) / len(problems),
        deviation=stdev(differences) if len(differences) > 1 else 0.0,
    )


def _corrected_for_number(cells: Sequence[CellComparison]) -> tuple[CellComparison, ...]:
    """Fill in what depends on the number of cells: adjusted p-values and detectable differences."""
    adjusted = adjust_p_values([cell.p_value for cell in cells])
    return tuple(
        replace(cell, p_adjusted=p_adjusted, detectable=_detectable(cell, len(cells)))
        for cell, p_adjusted in zip(cells, adjusted, strict=True)
    )


def _detectable(cell: CellComparison, comparisons: int) -> float | None:
    if cell.is_single:
        share = cell.discordant_share
        return smallest_detectable_gain(cell.groups, share, comparisons=comparisons)
    return smallest_detectable_shift(
        cell.groups, cell.deviation, comparisons=comparisons, largest=cell.metric.largest_gain
    )
