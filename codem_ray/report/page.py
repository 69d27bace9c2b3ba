"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray import __version__
from codem_ray.report.palette import OUTCOME_COLOURS
from codem_ray.report.report_data import ReportData
from codem_ray.report.templating import render_template

PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class PageSection:
    """A rendered section with its place on the page."""

    name: str
    title: str
    html: str


def page_html(
    data: ReportData,
    sections: Sequence[PageSection],
    *,
    headline: str,
    transfer: Sequence[str],
    power: str,
    warnings: Sequence[str],
) -> str:
    """Return the page: warnings first, then the headline, then the sections."""
    matrix = data.matrix
    return render_template(
        "page.html.j2",
        name=data.inputs.sweep_name,
        version=__version__,
        warnings=warnings,
        headline=headline,
        transfer=transfer,
        power=power,
        summary={
            "models": len({row.source for row in matrix.rows}),
            "targets": len(matrix.columns),
            "problems scored": sum(
                cell.problems for cell in data.cells if cell.k == matrix.k and cell.seed != "all"
            ),
            "metric": f"pass@{matrix.k}",
            "gains from": f"base, {data.evaluation.baseline_style} prompt",
        },
        sections=sections,
        colours=OUTCOME_COLOURS,
    )
