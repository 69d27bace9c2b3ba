"""The gains of all cells, with the uncertainty of any weighted sum of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from codem_ray.analysis.cells import Cell
from codem_ray.analysis.common_subset import common_names, group_over_languages
from codem_ray.analysis.intervals import EQUAL, wilson
from codem_ray.analysis.matrix import BASE_SOURCE
from codem_ray.analysis.paired import lowest_p_value
from codem_ray.analysis.scores import PooledKey, cells_by_key, pool
from codem_ray.analysis.seed_effects import SeedEffects, seed_effects
from codem_ray.analysis.transfer_results import Estimate
from codem_ray.records import Metric, PromptStyle

Vector = NDArray[np.float64]


class TableCell(NamedTuple):
    """A source on a benchmark, its seeds pooled."""

    source: str
    target: str
    benchmark: str
    num_seeds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GainTable:
    """Mean gains over `base` by cell, and the contribution of each group of problems to them."""

    metric: Metric
    confidence: float
    cells: tuple[TableCell, ...]
    gains: Vector
    """Mean gain of each cell."""
    differences: tuple[dict[str, float], ...]
    """Gain on each problem of each cell, by name of the problem."""
    groups: tuple[dict[str, str], ...]
    """Group of each problem of each cell. Problems in several languages share a group."""
    influence: Vector
    """Array [group, cell]: summed deviations from the cell's mean, over its number of problems."""
    members: NDArray[np.bool_]
    """Array [group, cell]: whether the cell has problems of the group."""
    seeds: SeedEffects | None

    def weights(self, indices: Sequence[int], weight: float | None = None) -> Vector:
        """Return the weights [cell] of the mean of some cells, or of `weight` times their sum."""
        weights = np.zeros(len(self.cells))
        weights[list(indices)] = 1 / len(indices) if weight is None else weight
        return weights

    def estimate(self, weights: Vector) -> Estimate:
        """Return a weighted sum of gains, p-value not adjusted yet; `weights` is an array [cell].

        The variance is the cluster-robust one of groups of problems (Liang and Zeger 1986, times
        n / (n - 1)) plus that of the seeds. Student's t has the degrees of freedom of Satterthwaite
        (1946). If all groups agree, there is no variance to estimate: the interval then comes from
        Wilson's bound on the share of groups that may differ, as for the gain of a single cell.
        """
        value = float(weights @ self.gains)
        num_groups = int(self.members[:, weights != 0].any(axis=1).sum())
        variances = self._variances(weights, num_groups)
        total = sum(variance for variance, _ in variances)
        if num_groups < 2 or total <= EQUAL**2:
            unseen = wilson(0, max(1, num_groups), self.confidence).high
            half = unseen * self.metric.largest_gain * float(np.abs(weights).sum())
            p_value = 1.0 if abs(value) < EQUAL else min(1.0, lowest_p_value(num_groups))
            error = half / stats.norm.ppf(0.5 + self.confidence / 2)
        else:
            error = sqrt(total)
            degrees = total**2 / sum(variance**2 / df for variance, df in variances)
            half = float(stats.t.ppf(0.5 + self.confidence / 2, degrees)) * error
            p_value = float(2 * stats.t.sf(abs(value) / error, degrees))
        return Estimate(
            value=value,
            low=value - half,
            high=value + half,
            error=float(error),
            p_value=p_value,
            p_adjusted=p_value,
        )

    def _variances(self, weights: Vector, num_groups: int) -> list[tuple[float, int]]:
        """Return the parts of the variance of a weighted sum, each with its degrees of freedom."""
        if num_groups < 2:
            return []
        contributions = self.influence @ weights
        over_problems = float(contributions @ contributions) * num_groups / (num_groups - 1)
        parts = [(over_problems, num_groups - 1)]
        if self.seeds is not None:
            shared = own = 0.0
            for source in dict.fromkeys(cell.source for cell in self.cells):
                rows = [i for i, cell in enumerate(self.cells) if cell.source == source]
                num_seeds = min(self.cells[i].num_seeds for i in rows)
                if num_seeds > 1:
                    shared += float(weights[rows].sum() ** 2) / num_seeds
                    own += float((weights[rows] ** 2).sum()) / num_seeds
            degrees = self.seeds.degrees
            parts += [(shared * self.seeds.shared, degrees), (own * self.seeds.own, degrees)]
        return parts


def gain_table(
    results: pd.DataFrame, *, baseline_style: PromptStyle, k: int, confidence: float
) -> GainTable | None:
    """Gather the gains over `base` in a prompt style; None if no cell has one.

    `results` are rows of ProblemResult or of LossResult.
    """
    names = common_names(results)
    return table_of_cells(cells_by_key(results), names, baseline_style, k, confidence)


def table_of_cells(
    by_key: Mapping[PooledKey, Sequence[Cell]],
    names: Mapping[str, Mapping[str, str]],
    baseline_style: PromptStyle,
    k: int,
    confidence: float,
) -> GainTable | None:
    """Gather the gains over `base` from cells; `names` are the common names of problems.

    A source that was asked in both styles counts with its answers to instructions. None if no cell
    has a gain.
    """
    chosen: dict[tuple[str, str], Sequence[Cell]] = {}
    for key, seeds in sorted(by_key.items(), key=lambda item: item[0].prompt_style):
        if key.source != BASE_SOURCE:
            chosen[key.source, key.benchmark] = seeds
    cells: list[TableCell] = []
    differences: list[dict[str, float]] = []
    groups: list[dict[str, str]] = []
    for (source, benchmark), seeds in chosen.items():
        base = by_key.get(PooledKey(BASE_SOURCE, benchmark, baseline_style))
        if base is None or base[0].benchmark_digest != seeds[0].benchmark_digest:
            continue
        tuned, untuned = pool(seeds, k), pool(base, k)
        common = names.get(benchmark, {})
        gains: dict[str, float] = {}
        group_of: dict[str, str] = {}
        for task in tuned.scores:
            if task in untuned.scores:
                name = common.get(task) or f"{benchmark} {task}"
                gains[name] = tuned.metric.sign * (tuned.scores[task] - untuned.scores[task])
                group_of[name] = group_over_languages(tuned, task, name)
        if gains:
            cells.append(TableCell(source, seeds[0].target, benchmark, len(seeds)))
            differences.append(gains)
            groups.append(group_of)
    if not cells:
        return None
    index: dict[str, int] = {}
    for group_of in groups:
        for group in group_of.values():
            index.setdefault(group, len(index))
    influence = np.zeros((len(index), len(cells)))
    members = np.zeros(influence.shape, dtype=np.bool_)
    means = np.array([sum(gains.values()) / len(gains) for gains in differences])
    for column, gains in enumerate(differences):
        rows = [index[groups[column][name]] for name in gains]
        centred = (np.fromiter(gains.values(), np.float64) - means[column]) / len(gains)
        np.add.at(influence[:, column], rows, centred)
        members[rows, column] = True
    return GainTable(
        metric=next(iter(chosen.values()))[0].metric,
        confidence=confidence,
        cells=tuple(cells),
        gains=means,
        differences=tuple(differences),
        groups=tuple(groups),
        influence=influence,
        members=members,
        seeds=seed_effects(by_key, k),
    )
