"""The section of outcomes: how the answers of base and of the tuned models end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.records import Outcome
from codem_ray.report.fact_tables import FactTable, fact_table
from codem_ray.report.figures import add_heading, figure_section, new_axes
from codem_ray.report.palette import OUTCOME_COLOURS
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeShares:
    """Outcomes by target for the figure, and by cell for the table."""

    heading: str
    bars: Sequence[tuple[str, Counter[Outcome]]]
    """Label and outcomes: for each target those of base, then those of all tuned models."""
    table: FactTable


def compute(data: ReportData) -> OutcomeShares:
    """Count outcomes by target and by cell."""
    style = data.evaluation.baseline_style
    bars: list[tuple[str, Counter[Outcome]]] = []
    for column in data.matrix.columns:
        base, tuned = Counter[Outcome](), Counter[Outcome]()
        for (source, prompt_style, benchmark), counter in data.outcome_counts.items():
            if benchmark == column.benchmark and source != "base":
                tuned.update(counter)
            elif benchmark == column.benchmark and prompt_style == style:
                base.update(counter)
        bars += [(f"{column.flat_label}   base", base), ("tuned", tuned)]
    return OutcomeShares(
        heading=f"Outcomes of answers: base ({style} prompt) and all tuned models"
        f"{data.limited_note}",
        bars=bars,
        table=_table(data),
    )


def _table(data: ReportData) -> FactTable:
    rows = []
    for row in data.matrix.rows:
        for column in data.matrix.columns:
            key = (row.source, row.prompt_style, column.benchmark)
            if (counter := data.outcome_counts.get(key)) is not None:
                counts = {str(outcome): counter[outcome] for outcome in data.outcomes}
                rows.append({"source": row.label, "target": column.flat_label, **counts})
    return fact_table("Counts by cell", rows)


def render(shares: OutcomeShares) -> RenderedSection:
    """Draw the bars; the counts are in a folded table."""
    figure = outcome_figure(shares.bars, heading=shares.heading)
    drawn = figure_section("outcomes", figure, "Outcomes by target", is_small=True)
    table = render_template("fact_tables.html.j2", tables=[shares.table], is_open=False)
    return RenderedSection(html=drawn.html + table, files=drawn.files)


def outcome_figure(bars: Sequence[tuple[str, Counter[Outcome]]], *, heading: str) -> Figure:
    """Draw the share of each outcome as stacked bars, in pairs of base and tuned models."""
    present = [outcome for outcome in Outcome if any(counter[outcome] for _, counter in bars)]
    with new_axes(8.2, 0.31 * len(bars) + 0.2) as (figure, axes):
        positions = [2.08 * (i // 2) + 0.85 * (i % 2) for i in range(len(bars))]
        left = [0.0] * len(bars)
        for outcome in present:
            widths = [100 * counter[outcome] / max(1, counter.total()) for _, counter in bars]
            colour, label = OUTCOME_COLOURS[outcome], outcome.replace("_", " ")
            axes.barh(positions, widths, 0.76, left=left, color=colour, label=label)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_yticks(positions, [name for name, _ in bars])
        axes.set(xlim=(0, 100), ylim=(max(positions, default=0) + 0.6, -0.6), xlabel="answers, %")
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=4, handlelength=1, handleheight=1)
        num_legend_rows = -(-len(present) // 4)
        add_heading(figure, heading, inches_above=0.2 + 0.22 * num_legend_rows)
    return figure


SECTION = ReportSection(
    name="outcomes", title="Outcomes", order=400, compute=compute, render=render
)
