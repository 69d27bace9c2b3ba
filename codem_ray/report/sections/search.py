"""The section of the settings that a search has compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codem_ray.report.fact_tables import fact_table
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

NOTE = (
    "Each source was searched alone. The best setting of a source has the lowest last loss of "
    "those that were trained to the end with all seeds; it was not chosen by the scores above. "
    "Settings that were stopped early have no scores."
)


def compute(data: ReportData) -> Sequence[Mapping[str, object]] | None:
    """Return the rows of the settings; None without a search."""
    return data.inputs.search or None


def render(rows: Sequence[Mapping[str, object]]) -> RenderedSection:
    """Render one table for each source."""
    tables = [
        fact_table(
            source,
            [
                {key: value for key, value in row.items() if key != "source"}
                for row in rows
                if row["source"] == source
            ],
        )
        for source in dict.fromkeys(str(row["source"]) for row in rows)
    ]
    return RenderedSection(html=render_template("fact_tables.html.j2", tables=tables, note=NOTE))


SECTION = ReportSection(
    name="search", title="Settings compared", order=250, compute=compute, render=render
)
