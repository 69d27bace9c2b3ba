"""The section of gains: pass@k minus that of base, by source and target."""

from __future__ import annotations

import math

from codem_ray.analysis import MatrixCell
from codem_ray.report.figures import figure_section
from codem_ray.report.heat_maps import HeatMap, HeatMapCell, draw_heat_map
from codem_ray.report.matrix_layout import format_percents
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sentences import headline
from codem_ray.report.templating import render_template


def compute(data: ReportData) -> HeatMap:
    """Lay out the gains of the lowest k; a row without gains is left out."""
    matrix = data.matrix
    largest = max((abs(cell.gain or 0.0) for cell in matrix.cells.values()), default=0.0)
    limit = max(0.1, math.ceil(10 * largest) / 10)
    return HeatMap(
        heading=f"{data.inputs.sweep_name}: gain over base "
        f"({data.evaluation.baseline_style} prompt){data.limited_note}",
        caption=_caption(data),
        description=headline(data),
        columns=matrix.columns,
        rows={
            row: [_cell(cell, data) for cell in matrix.cells_of(row)]
            for row in matrix.rows
            if any(cell and cell.gain is not None for cell in matrix.cells_of(row))
        },
        colours="RdBu",
        value_range=(-limit, limit),
        scale_title="gain, points",
    )


def _caption(data: ReportData) -> str:
    return (
        "Points over base on the same problems, with "
        f"{100 * data.evaluation.confidence:.0f} % intervals below.\n"
        f"Coloured: adjusted p ≤ {data.evaluation.alpha:g}. Framed: tuned on the target itself."
        f"{data.gaps_note}"
    )


def _cell(cell: MatrixCell | None, data: ReportData) -> HeatMapCell:
    if cell is None:
        return HeatMapCell("–", "missing", None, is_hatched=True)
    gain, low, high = format_percents(
        cell.problems, cell.gain, cell.gain_ci_low, cell.gain_ci_high, is_signed=True
    )
    return HeatMapCell(
        gain,
        "no gain" if cell.gain is None else f"{low} to {high}",
        cell.gain if data.is_significant(cell) else None,
        is_hatched=data.matrix.has_incomplete_gain(cell),
    )


def render(heat_map: HeatMap) -> RenderedSection:
    """Draw the heat map, or say that there are no gains."""
    if not heat_map.rows:
        note = "There are no gains: base was not scored on the same problems."
        return RenderedSection(html=render_template("note.html.j2", note=note))
    return figure_section("gains", draw_heat_map(heat_map), heat_map.description)


SECTION = ReportSection(
    name="gains", title="Gains over base", order=200, compute=compute, render=render
)
