"""Splits the gain of each cell into format, general coding and what is specific to the pair."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.analysis.additive_model import AdditiveModel
from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.gain_table import GainTable, Vector
from codem_ray.analysis.transfer_results import Estimate, GainParts, adjusted


def gain_parts(
    cells: CellRelations, unrelated: AdditiveModel, control: str | None
) -> tuple[GainParts, ...]:
    """Split the gains of all cells of languages on programming languages.

    The format is the gain of the best control on the same target. What the additive model of
    unrelated pairs predicts, minus the format, is general coding. The rest is specific to the pair:
    for a model's own language too, because the model is not fitted to it.
    """
    table = cells.table
    chosen = [*cells.own, *cells.of_other_languages]
    of_control = cells.of_source(control) if control else {}
    formats = [of_control.get(table.cells[index].benchmark) for index in chosen]
    over_control: list[Vector | None] = []
    general: list[Vector | None] = []
    pair: list[Vector | None] = []
    for index, control_cell in zip(chosen, formats, strict=True):
        cell = table.weights([index])
        control_weights = 0 * cell if control_cell is None else table.weights([control_cell])
        predicted = unrelated.prediction(table.cells[index].source, table.cells[index].target)
        over_control.append(None if control_cell is None else cell - control_weights)
        general.append(None if predicted is None else predicted - control_weights)
        pair.append(None if predicted is None else cell - predicted)
    return tuple(
        GainParts(
            source=table.cells[index].source,
            target=table.cells[index].target,
            benchmark=table.cells[index].benchmark,
            gain=float(table.gains[index]),
            control=None if control_cell is None else control,
            format=None if control_cell is None else float(table.gains[control_cell]),
            over_control=over,
            general=rest,
            pair=residual,
        )
        for index, control_cell, over, rest, residual in zip(
            chosen,
            formats,
            _estimates(table, over_control),
            _estimates(table, general),
            _estimates(table, pair),
            strict=True,
        )
    )


def _estimates(table: GainTable, weights: Sequence[Vector | None]) -> list[Estimate | None]:
    """Return the estimates with p-values adjusted among them; None stays None."""
    found = iter(adjusted([table.estimate(vector) for vector in weights if vector is not None]))
    return [None if vector is None else next(found) for vector in weights]
