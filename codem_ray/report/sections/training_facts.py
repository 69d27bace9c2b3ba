"""The section of facts about training and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.report.drawing import STYLE, hide_frame, render_drawing
from codem_ray.report.fact_tables import FactTable, fact_table
from codem_ray.report.palette import INK, LINE_COLOURS
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LossCurves = Mapping[str, Sequence[tuple[int, float]]]
"""Step and loss by trial."""


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """Loss curves, and facts of trials and benchmarks."""

    loss_curves: LossCurves
    tables: tuple[FactTable, ...]


def compute(data: ReportData) -> TrainingFacts | None:
    """Lay out the facts that are known."""
    known = (("Training", data.inputs.training_facts), ("Benchmarks", data.inputs.benchmarks))
    tables = tuple(fact_table(heading, rows) for heading, rows in known if rows)
    if not tables and not data.inputs.loss_curves:
        return None
    return TrainingFacts(data.inputs.loss_curves, tables)


def render(facts: TrainingFacts) -> RenderedSection:
    """Draw the loss above the tables."""
    html = render_template("fact_tables.html.j2", tables=facts.tables)
    if not facts.loss_curves:
        return RenderedSection(html=html)
    figure = loss_figure(facts.loss_curves, heading="Training loss")
    drawing = render_drawing("loss", figure, "Training loss by step", is_small=True)
    return RenderedSection(html=drawing.html + html, files=drawing.files)


def loss_figure(curves: LossCurves, *, heading: str) -> Figure:
    """Draw training loss over optimizer steps, a line per trial."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.6), label="loss")
        axes = figure.add_axes((0, 0, 1, 1))
        for index, (name, points) in enumerate(curves.items()):
            axes.plot(
                [step for step, _ in points],
                [loss for _, loss in points],
                label=name,
                lw=1.5,
                color=LINE_COLOURS[index % len(LINE_COLOURS)],
                linestyle=("-", "--", ":", "-.")[index // len(LINE_COLOURS) % 4],
                marker="o" if len(points) == 1 else None,
            )
        axes.set_xlabel("optimizer step", fontsize=9)
        axes.set_ylabel("loss per target token", fontsize=9)
        axes.margins(x=0.01)
        hide_frame(axes)
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(1.01, 1.02),
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
            ncol=1 + len(curves) // 16,
        )
        figure.text(0, 1.05, heading, fontsize=13, weight="bold", va="bottom")
    return figure


SECTION = ReportSection(
    name="facts", title="Training and benchmarks", order=800, compute=compute, render=render
)
