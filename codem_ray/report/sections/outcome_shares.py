"""The section of outcomes: how the answers of base and of the tuned models end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.records import Outcome
from codem_ray.report.drawing import STYLE, hide_frame, render_drawing
from codem_ray.report.fact_tables import FactTable
from codem_ray.report.palette import INK, OUTCOME_COLOURS
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sections.score_map import LIMITED
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeShares:
    """Outcomes by target for the figure, and by cell for the table."""

    heading: str
    bars: tuple[tuple[str, Counter[Outcome]], ...]
    """Label and outcomes: for each target those of base, then those of all tuned models."""
    table: FactTable


def compute(data: ReportData) -> OutcomeShares:
    """Count outcomes by target and by cell."""
    style = data.evaluation.baseline_style
    limited = LIMITED if data.is_limited else ""
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
        heading=f"Outcomes of answers: base ({style} prompt) and all tuned models{limited}",
        bars=tuple(bars),
        table=_table(data),
    )


def _table(data: ReportData) -> FactTable:
    rows = [
        (row.label, column.flat_label, *(str(counter[outcome]) for outcome in data.outcomes))
        for row in data.matrix.rows
        for column in data.matrix.columns
        if (counter := data.outcome_counts.get((row.source, row.prompt_style, column.benchmark)))
        is not None
    ]
    return FactTable(
        heading="Counts by cell",
        columns=("source", "target", *(outcome.replace("_", " ") for outcome in data.outcomes)),
        rows=tuple(rows),
        numeric=(False, False, *([True] * len(data.outcomes))),
    )


def render(shares: OutcomeShares) -> RenderedSection:
    """Draw the bars; the counts are in a folded table."""
    figure = outcome_figure(shares.bars, heading=shares.heading)
    drawing = render_drawing("outcomes", figure, "Outcomes by target", is_small=True)
    table = render_template("fact_tables.html.j2", tables=[shares.table], is_open=False)
    return RenderedSection(html=drawing.html + table, files=drawing.files)


def outcome_figure(bars: Sequence[tuple[str, Counter[Outcome]]], *, heading: str) -> Figure:
    """Draw the share of each outcome as stacked bars; each pair of bars belongs together."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    present = [outcome for outcome in Outcome if any(counter[outcome] for _, counter in bars)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 0.31 * len(bars) + 0.2), label="outcomes")
        axes = figure.add_axes((0, 0, 1, 1))
        positions = [0.8 * (i // 2) * 2.6 + 0.85 * (i % 2) for i in range(len(bars))]
        left = [0.0] * len(bars)
        for outcome in present:
            widths = [100 * counter[outcome] / max(1, counter.total()) for _, counter in bars]
            axes.barh(
                positions,
                widths,
                0.76,
                left=left,
                color=OUTCOME_COLOURS[outcome],
                label=outcome.replace("_", " "),
            )
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_yticks(positions, [name for name, _ in bars], fontsize=9)
        axes.set(xlim=(0, 100), ylim=(max(positions, default=0) + 0.6, -0.6))
        axes.set_xlabel("answers, %", fontsize=9)
        hide_frame(axes)
        axes.tick_params(axis="y", length=0)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncol=4,
            frameon=False,
            fontsize=8.5,
            handlelength=1,
            handleheight=1,
            labelcolor=INK,
            borderaxespad=0.3,
        )
        rows = -(-len(present) // 4)
        figure.text(
            0,
            1 + (0.2 + 0.22 * rows) / figure.get_figheight(),
            heading,
            fontsize=13,
            weight="bold",
            va="bottom",
        )
    return figure


SECTION = ReportSection(
    name="outcomes", title="Outcomes", order=400, compute=compute, render=render
)
