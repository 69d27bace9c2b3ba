"""The section of the environment: versions, sandbox, sweep file and plan."""

from __future__ import annotations

import json

from codem_ray.report.report_data import ReportData, ReportInputs
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template


def compute(data: ReportData) -> ReportInputs:
    """Return the inputs: facts of the environment need no computation."""
    return data.inputs


def render(inputs: ReportInputs) -> RenderedSection:
    """Render the facts as a table, and the sweep file and the plan folded."""
    documents = {
        heading: json.dumps(document, indent=2, default=str)
        for heading, document in (("Sweep file", inputs.sweep), ("Plan", inputs.plan))
        if document
    }
    return RenderedSection(
        html=render_template("environment.html.j2", facts=inputs.environment, documents=documents)
    )


SECTION = ReportSection(
    name="setup", title="Environment", order=900, compute=compute, render=render
)
