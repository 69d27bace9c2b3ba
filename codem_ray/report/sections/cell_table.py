"""The section that lists all cells of the transfer matrix in a sortable table."""

from __future__ import annotations

from dataclasses import dataclass

from codem_ray.analysis import MatrixCell
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTable:
    """All cells, with the gains that are detected."""

    cells: tuple[MatrixCell, ...]
    detected: frozenset[MatrixCell]
    is_limited: bool


def compute(data: ReportData) -> CellTable:
    """Gather the cells."""
    return CellTable(
        cells=data.cells,
        detected=frozenset(cell for cell in data.cells if data.is_detected(cell)),
        is_limited=data.is_limited,
    )


def render(table: CellTable) -> RenderedSection:
    """Render the table."""
    return RenderedSection(html=render_template("cell_table.html.j2", table=table))


SECTION = ReportSection(name="cells", title="All cells", order=600, compute=compute, render=render)
