"""The section of scores: pass@k by source and target."""

from __future__ import annotations

import math

from codem_ray.analysis import MatrixCell
from codem_ray.report.figures import figure_section
from codem_ray.report.heat_maps import HeatMap, HeatMapCell, draw_heat_map
from codem_ray.report.matrix_layout import format_percents
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sentences import headline


def compute(data: ReportData) -> HeatMap:
    """Lay out the scores of the lowest k."""
    matrix = data.matrix
    highest = max((cell.value or 0.0 for cell in matrix.cells.values()), default=0.0)
    return HeatMap(
        heading=f"{data.inputs.sweep_name}: pass@{matrix.k} by source and target"
        f"{data.limited_note}",
        caption=f"Percent of problems, with {100 * data.evaluation.confidence:.0f} % intervals "
        f"below. Rows: tuned on. Framed: tuned on the target itself.{data.gaps_note}",
        description=headline(data),
        columns=matrix.columns,
        rows={row: [_cell(cell) for cell in matrix.cells_of(row)] for row in matrix.rows},
        colours="Blues",
        value_range=(0.0, max(0.2, math.ceil(10 * highest) / 10)),
        scale_title=f"pass@{matrix.k}, %",
    )


def _cell(cell: MatrixCell | None) -> HeatMapCell:
    if cell is None:
        return HeatMapCell("–", "missing", None, is_hatched=True)
    score, low, high = format_percents(cell.problems, cell.value, cell.ci_low, cell.ci_high)
    interval = "no verdict" if cell.value is None else f"{low}–{high}"
    return HeatMapCell(score, interval, cell.value, is_hatched=cell.incomplete)


def render(heat_map: HeatMap) -> RenderedSection:
    """Draw the heat map."""
    return figure_section("heat_map", draw_heat_map(heat_map), heat_map.description)


SECTION = ReportSection(name="scores", title="Scores", order=100, compute=compute, render=render)
