"""The section of the environment: versions, sandbox, sweep file and plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template


@dataclass(frozen=True, slots=True)
class Environment:
    """Facts about the machine, and the documents that describe the sweep."""

    facts: Mapping[str, object]
    documents: Mapping[str, str]
    """JSON texts by heading."""


def compute(data: ReportData) -> Environment:
    """Gather what is known."""
    documents = {"Sweep file": data.inputs.sweep, "Plan": data.inputs.plan}
    return Environment(
        facts=data.inputs.environment,
        documents={
            heading: json.dumps(document, indent=2, default=str)
            for heading, document in documents.items()
            if document
        },
    )


def render(environment: Environment) -> RenderedSection:
    """Render the facts as a table and the documents folded."""
    return RenderedSection(html=render_template("environment.html.j2", environment=environment))


SECTION = ReportSection(
    name="setup", title="Environment", order=900, compute=compute, render=render
)
