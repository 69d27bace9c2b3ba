"""The section of gains: pass@k minus that of base, by source and target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codem_ray.analysis import MatrixCell
from codem_ray.report.drawing import render_drawing
from codem_ray.report.heat_maps import gain_figure
from codem_ray.report.matrix_layout import Matrix
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sections.score_map import GAPS, LIMITED
from codem_ray.report.sentences import headline
from codem_ray.report.templating import render_template


@dataclass(frozen=True, kw_only=True, slots=True)
class GainMap:
    """A heat map of gains with its texts."""

    matrix: Matrix
    is_coloured: Callable[[MatrixCell], bool]
    heading: str
    caption: str
    description: str


def compute(data: ReportData) -> GainMap:
    """Lay out the gains of the lowest k."""
    style = data.evaluation.baseline_style
    limited = LIMITED if data.is_limited else ""
    return GainMap(
        matrix=data.matrix,
        is_coloured=data.is_detected,
        heading=f"{data.inputs.sweep_name}: gain over base ({style} prompt){limited}",
        caption=_caption(data),
        description=headline(data.matrix, alpha=data.evaluation.alpha),
    )


def _caption(data: ReportData) -> str:
    rule = (
        "No gain is coloured: no single gain can be significant in this design"
        if data.detectable is None
        else f"Coloured: adjusted p ≤ {data.evaluation.alpha:g} and at least "
        f"{100 * data.detectable:.0f} points, which this design can detect"
    )
    return (
        "Points over base on the same problems, with "
        f"{100 * data.evaluation.confidence:.0f} % intervals below.\n"
        f"{rule}. Framed: tuned on the target itself.{GAPS if data.has_gaps else ''}"
    )


def render(gains: GainMap) -> RenderedSection:
    """Draw the heat map, or say that there are no gains."""
    if all(cell.gain is None for cell in gains.matrix.cells.values()):
        note = "There are no gains: base was not scored on the same problems."
        return RenderedSection(html=render_template("note.html.j2", note=note))
    figure = gain_figure(
        gains.matrix, gains.is_coloured, heading=gains.heading, caption=gains.caption
    )
    return render_drawing("gains", figure, gains.description)


SECTION = ReportSection(
    name="gains", title="Gains over base", order=200, compute=compute, render=render
)
