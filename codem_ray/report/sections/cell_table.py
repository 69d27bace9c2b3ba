"""The section that lists all cells of the transfer matrix in a sortable table."""

from __future__ import annotations

from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template


def compute(data: ReportData) -> ReportData:
    """Return the data: the table shows the cells as they are."""
    return data


def render(data: ReportData) -> RenderedSection:
    """Render the table."""
    return RenderedSection(html=render_template("cell_table.html.j2", data=data))


SECTION = ReportSection(name="cells", title="All cells", order=600, compute=compute, render=render)
