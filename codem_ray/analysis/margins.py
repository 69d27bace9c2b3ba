"""Donors and recipients of a transfer matrix, and its largest cell."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy import stats

from codem_ray.analysis.additive_model import AdditiveModel
from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.gain_table import GainTable, Vector
from codem_ray.analysis.transfer_results import Margin, ShrunkCell, adjusted


def donors(model: AdditiveModel, alpha: float) -> tuple[Margin, ...]:
    """Rank the sources by their mean gain on other languages, the best first."""
    found = {name: model.margin(source=name) for name in model.sources}
    return _margins(model.table, {n: w for n, w in found.items() if w is not None}, alpha)


def recipients(model: AdditiveModel, alpha: float) -> tuple[Margin, ...]:
    """Rank the targets by their mean gain from other languages, the best first."""
    found = {name: model.margin(target=name) for name in model.targets}
    return _margins(model.table, {n: w for n, w in found.items() if w is not None}, alpha)


def _margins(table: GainTable, weights: Mapping[str, Vector], alpha: float) -> tuple[Margin, ...]:
    """Return margins with ranks from tests of all pairs, adjusted together."""
    names = list(weights)
    effects = adjusted([table.estimate(weights[name]) for name in names])
    pairs = list(combinations(range(len(names)), 2))
    differences = adjusted(
        [table.estimate(weights[names[i]] - weights[names[j]]) for i, j in pairs]
    )
    better, worse = np.zeros(len(names), dtype=int), np.zeros(len(names), dtype=int)
    for (i, j), difference in zip(pairs, differences, strict=True):
        if difference.p_adjusted <= alpha:
            winner, loser = (i, j) if difference.value > 0 else (j, i)
            better[loser] += 1
            worse[winner] += 1
    rows = [
        Margin(
            name=name,
            effect=effects[i],
            rank_low=1 + int(better[i]),
            rank_high=len(names) - int(worse[i]),
        )
        for i, name in enumerate(names)
    ]
    return tuple(sorted(rows, key=lambda row: -row.effect.value))


def shrunk_cell(cells: CellRelations) -> ShrunkCell | None:
    """Correct the largest gain between different languages for its selection.

    The largest of many noisy gains exceeds its true value on average. It is drawn towards the mean
    of the cells by the share of their variance that is noise (Efron and Morris 1975), which is
    estimated from their standard errors.
    """
    table, chosen = cells.table, cells.of_other_languages
    if len(chosen) < 3:
        return None
    estimates = [table.estimate(table.weights([i])) for i in chosen]
    mean = table.estimate(table.weights(chosen))
    gains = np.array([estimate.value for estimate in estimates])
    noise = np.array([estimate.error**2 for estimate in estimates])
    between = max(0.0, float(gains.var(ddof=1) - noise.mean()))
    largest = int(gains.argmax())
    kept = between / (between + noise[largest])
    value = mean.value + kept * (gains[largest] - mean.value)
    error = (kept * noise[largest] + ((1 - kept) * mean.error) ** 2) ** 0.5
    half = float(stats.norm.ppf(0.5 + table.confidence / 2)) * error
    cell = table.cells[chosen[largest]]
    return ShrunkCell(
        source=cell.source,
        target=cell.target,
        benchmark=cell.benchmark,
        gain=estimates[largest],
        shrunk=float(value),
        low=float(value - half),
        high=float(value + half),
    )
