"""The section of the data card: what the models were tuned on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from codem_ray.report.card_tables import card_markdown, card_tables
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template


def compute(data: ReportData) -> Mapping[str, object] | None:
    """Return the data card, if there is one."""
    return data.inputs.data_card or None


def render(card: Mapping[str, object]) -> RenderedSection:
    """Render the card as tables, as JSON and as Markdown."""
    note = (
        "What the models were tuned on: origins, licences, digests and counts. "
        "The same is in data_card.json and data_card.md."
    )
    notes = card.get("notes", ())
    if isinstance(notes, Sequence):
        note = " ".join([note, *(f"{text}." for text in notes)])
    return RenderedSection(
        html=render_template("fact_tables.html.j2", note=note, tables=card_tables(card)),
        files={
            "data_card.json": (json.dumps(card, indent=2, default=str) + "\n").encode(),
            "data_card.md": card_markdown(card).encode(),
        },
    )


SECTION = ReportSection(name="data", title="Data card", order=700, compute=compute, render=render)
