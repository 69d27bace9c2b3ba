"""The contrasts of a transfer matrix: own, other and related languages, and the best control."""

from __future__ import annotations

from dataclasses import asdict
from statistics import NormalDist

import numpy as np

from codem_ray.analysis.additive_model import AdditiveModel
from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.gain_table import GainTable, Vector
from codem_ray.analysis.transfer_results import Contrast

POWER_QUANTILE = NormalDist().inv_cdf(0.8)


def own_contrast(cells: CellRelations, alpha: float) -> Contrast | None:
    """Compare each language on itself with the other languages on the same targets."""
    table, others = cells.table, cells.of_other_code
    pairs = []
    for i in cells.own:
        same = [j for j in others if table.cells[j].benchmark == table.cells[i].benchmark]
        if same:
            pairs.append((i, same))
    if not pairs:
        return None
    own = table.weights([i for i, _ in pairs])
    other = np.mean([table.weights(same) for _, same in pairs], axis=0)
    title = "The own language against other languages on the same targets"
    return _contrast(table, "own", title, own, other, alpha)


def other_contrast(cells: CellRelations, alpha: float) -> Contrast | None:
    """Compare other languages with base."""
    if not cells.of_other_code:
        return None
    weights = cells.table.weights(cells.of_other_code)
    return _contrast(cells.table, "other", "Other languages over base", weights, None, alpha)


def related_contrast(
    cells: CellRelations, unrelated: AdditiveModel, alpha: float
) -> Contrast | None:
    """Compare related pairs with what the additive model of unrelated pairs predicts for them."""
    table = cells.table
    predicted = {}
    for i in cells.related:
        weights = unrelated.prediction(table.cells[i].source, table.cells[i].target)
        if weights is not None:
            predicted[i] = weights
    if not predicted:
        return None
    title = "Related pairs of languages against what unrelated pairs predict for them"
    expected = np.mean(list(predicted.values()), axis=0)
    return _contrast(table, "related", title, table.weights(list(predicted)), expected, alpha)


def control_contrast(cells: CellRelations, control: str | None, alpha: float) -> Contrast | None:
    """Compare other languages with the best control on the same targets."""
    if control is None or not cells.of_other_code:
        return None
    table, by_benchmark = cells.table, cells.of_source(control)
    same = [table.weights([by_benchmark[table.cells[i].benchmark]]) for i in cells.of_other_code]
    title = f"Other languages against the control `{control}` on the same targets"
    other = table.weights(cells.of_other_code)
    return _contrast(table, "over_control", title, other, np.mean(same, axis=0), alpha)


def _contrast(
    table: GainTable, name: str, title: str, first: Vector, second: Vector | None, alpha: float
) -> Contrast:
    estimate = table.estimate(first if second is None else first - second)
    compared = [table.cells[i] for i in np.flatnonzero(first)]
    return Contrast(
        **asdict(estimate),
        name=name,
        title=title,
        first=float(first @ table.gains),
        second=None if second is None else float(second @ table.gains),
        cells=len(compared),
        sources=len({cell.source for cell in compared}),
        targets=len({cell.target for cell in compared}),
        detectable=detectable(estimate.error, alpha),
    )


def detectable(error: float, alpha: float, comparisons: int = 1) -> float:
    """Return the effect that a test with this standard error detects with 80 % power.

    `alpha` is divided by the number of comparisons.
    """
    return (NormalDist().inv_cdf(1 - alpha / comparisons / 2) + POWER_QUANTILE) * error
