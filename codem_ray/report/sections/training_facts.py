"""The section of facts about training and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codem_ray.report.fact_tables import fact_table
from codem_ray.report.figures import add_heading, figure_section, new_axes
from codem_ray.report.palette import LINE_COLOURS
from codem_ray.report.report_data import ReportData, ReportInputs
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def compute(data: ReportData) -> ReportInputs | None:
    """Return the inputs if they contain such facts."""
    inputs = data.inputs
    return inputs if inputs.training_facts or inputs.benchmarks or inputs.loss_curves else None


def render(inputs: ReportInputs) -> RenderedSection:
    """Draw the loss above the tables."""
    facts = {"Training": inputs.training_facts, "Benchmarks": inputs.benchmarks}
    tables = [fact_table(heading, rows) for heading, rows in facts.items() if rows]
    html = render_template("fact_tables.html.j2", tables=tables)
    if not inputs.loss_curves:
        return RenderedSection(html=html)
    figure = loss_figure(inputs.loss_curves)
    loss = figure_section("loss", figure, "Training loss by step", is_small=True)
    return RenderedSection(html=loss.html + html, files=loss.files)


def loss_figure(curves: Mapping[str, Sequence[tuple[int, float]]]) -> Figure:
    """Draw training loss over optimizer steps, a line per trial."""
    with new_axes(7.2, 3.6) as (figure, axes):
        for index, (trial, points) in enumerate(curves.items()):
            axes.plot(
                [step for step, _ in points],
                [loss for _, loss in points],
                label=trial,
                color=LINE_COLOURS[index % len(LINE_COLOURS)],
                linestyle=("-", "--", ":", "-.")[index // len(LINE_COLOURS) % 4],
                marker="o" if len(points) == 1 else None,
            )
        axes.set(xlabel="optimizer step", ylabel="loss per target token")
        axes.margins(x=0.01)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), ncol=1 + len(curves) // 16)
        add_heading(figure, "Training loss", inches_above=0.18)
    return figure


SECTION = ReportSection(
    name="facts", title="Training and benchmarks", order=800, compute=compute, render=render
)
