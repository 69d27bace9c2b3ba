"""The section of scores: pass@k by source and target."""

from __future__ import annotations

from dataclasses import dataclass

from codem_ray.report.drawing import render_drawing
from codem_ray.report.heat_maps import score_figure
from codem_ray.report.matrix_layout import Matrix
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sentences import headline

GAPS = "\nHatched: missing, or incomplete because some verdicts are missing."
LIMITED = "  (limited: first problems only)"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreMap:
    """A heat map of scores with its texts."""

    matrix: Matrix
    heading: str
    caption: str
    description: str


def compute(data: ReportData) -> ScoreMap:
    """Lay out the scores of the lowest k."""
    limited = LIMITED if data.is_limited else ""
    gaps = GAPS if data.has_gaps else ""
    return ScoreMap(
        matrix=data.matrix,
        heading=f"{data.inputs.sweep_name}: pass@{data.matrix.k} by source and target{limited}",
        caption=f"Percent of problems, with {100 * data.evaluation.confidence:.0f} % intervals "
        f"below. Rows: tuned on. Framed: tuned on the target itself.{gaps}",
        description=headline(data.matrix, alpha=data.evaluation.alpha),
    )


def render(scores: ScoreMap) -> RenderedSection:
    """Draw the heat map."""
    figure = score_figure(scores.matrix, heading=scores.heading, caption=scores.caption)
    return render_drawing("heat_map", figure, scores.description)


SECTION = ReportSection(name="scores", title="Scores", order=100, compute=compute, render=render)
