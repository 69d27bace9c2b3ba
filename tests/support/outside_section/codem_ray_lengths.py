"""A report section of another package: how long the completions of each source are."""

from __future__ import annotations

from collections.abc import Mapping

from codem_ray.report import RenderedSection, ReportData, ReportSection
from codem_ray.report.fact_tables import fact_table
from codem_ray.report.templating import render_template


def compute(data: ReportData) -> Mapping[str, float]:
    """Return the mean completion length in tokens by source."""
    means = data.inputs.results.groupby("source")["completion_tokens"].mean()
    return {str(source): float(mean) for source, mean in means.items()}


def render(means: Mapping[str, float]) -> RenderedSection:
    """Show the means as a table, and write them as CSV."""
    rows = [{"source": source, "mean_tokens": mean} for source, mean in means.items()]
    csv = "source,mean_tokens\n" + "".join(f"{s},{m:.1f}\n" for s, m in means.items())
    return RenderedSection(
        html=render_template("fact_tables.html.j2", tables=[fact_table("Mean lengths", rows)]),
        files={"completion_lengths.csv": csv.encode()},
    )


SECTION = ReportSection(
    name="lengths", title="Completion lengths", order=450, compute=compute, render=render
)
