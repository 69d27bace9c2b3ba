"""Composes the HTML page: findings, matrix, cell view, sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codem_ray import __version__
from codem_ray.analysis import MatrixCell
from codem_ray.analysis.scores import UNJUDGED
from codem_ray.report.cell_data import OUTCOME_CODES, pack_benchmark
from codem_ray.report.exports import Export
from codem_ray.report.findings import ReportFinding
from codem_ray.report.matrix_layout import format_percents
from codem_ray.report.matrix_views import MatrixView
from codem_ray.report.palette import DARK, LIGHT, OUTCOME_COLOURS, shade_rules
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import ReportSection
from codem_ray.report.templating import read_asset, render_template
from codem_ray.report.views import is_clustered

MAX_PACKED_BYTES = 14_000_000
"""If the packed samples exceed this, they are written into files beside the page."""


def pack_samples(data: ReportData) -> list[str]:
    """Pack the samples of each column of the matrix."""
    results = data.inputs.results
    by_benchmark = dict(list(results.groupby("benchmark", sort=False)))
    return [
        pack_benchmark(by_benchmark[column.benchmark], data.inputs.read_texts(column.benchmark))
        for column in data.matrix.columns
    ]


def sample_files(packed: Sequence[str]) -> dict[str, bytes]:
    """Return the files beside the page if the samples are too many for one page."""
    if sum(map(len, packed)) <= MAX_PACKED_BYTES:
        return {}
    # Browsers let a page that was opened from a disk load scripts, but no other data.
    return {
        f"cells_{number}.js": f'codemCells({number}, "{text}");\n'.encode()
        for number, text in enumerate(packed)
    }


def render_page(
    data: ReportData,
    *,
    views: Sequence[MatrixView],
    packed: Sequence[str],
    exports: Sequence[Export],
    findings: Sequence[ReportFinding],
    warnings: Sequence[str],
    sections: Sequence[tuple[ReportSection[Any], str]],
) -> str:
    """Return the page; it loads nothing but the files of `sample_files`."""
    files = list(sample_files(packed))
    return render_template(
        "page.html.j2",
        name=data.inputs.sweep_name,
        version=__version__,
        style=_style(views),
        script=read_asset("page.js") + read_asset("cell_view.js"),
        warnings=warnings,
        findings=findings,
        facts=data.facts,
        matrix=render_template(
            "matrix.html.j2",
            views=views,
            alpha=f"{data.evaluation.alpha:g}",
            is_clustered=is_clustered(data),
        ),
        cell_view=read_asset("cell_view.html"),
        exports=exports,
        sections=sections,
        packed=[] if files else packed,
        page_data=_page_data(data, files),
        reading=_READING,
    )


_READING = (
    "How to read the numbers: a score is the mean over problems of the unbiased pass@k estimate. "
    "Intervals and tests treat the problems of a group as one unit. Quarantined problems, and "
    "those that could not be run or judged, are in no denominator."
)


def _style(views: Sequence[MatrixView]) -> str:
    outcomes = {str(outcome): colour for outcome, colour in OUTCOME_COLOURS.items()}
    rules = [
        read_asset("page.css"),
        shade_rules(LIGHT),
        f"\n@media screen and (prefers-color-scheme:dark){{{shade_rules(DARK)}}}\n",
        *(f".o-{name}{{fill:{colour};background:{colour}}}" for name, colour in outcomes.items()),
        # By CSS alone, so that the views can be switched without scripts.
        *(
            f"#matrix:has([value={view.name}]:checked) [data-view={view.name}]{{display:block}}"
            for view in views
        ),
    ]
    return "".join(rules)


def _page_data(data: ReportData, files: Sequence[str]) -> dict[str, object]:
    matrix = data.matrix
    baseline = ("base", data.evaluation.baseline_style)
    return {
        "rows": [
            {
                "source": row.source,
                "style": str(row.prompt_style),
                "label": row.label,
                "isBaseline": (row.source, row.prompt_style) == baseline,
            }
            for row in matrix.rows
        ],
        "columns": [{"label": column.flat_label} for column in matrix.columns],
        "cells": {
            f"{y} {x}": _describe(cell, data)
            for y, row in enumerate(matrix.rows)
            for x, cell in enumerate(matrix.cells_of(row))
            if cell is not None
        },
        "outcomes": list(OUTCOME_CODES),
        "unjudged": sorted(OUTCOME_CODES[outcome] for outcome in UNJUDGED),
        "files": files,
    }


def _describe(cell: MatrixCell, data: ReportData) -> str:
    """Describe a cell in one line, for the head of its view."""
    score, low, high = format_percents(cell.problems, cell.value, cell.ci_low, cell.ci_high)
    text = f"pass@{cell.k} {score} % ({low}–{high}) on {cell.problems} problems of {cell.benchmark}"
    if cell.gain is None:
        return text
    gain, low, high = format_percents(
        cell.problems, cell.gain, cell.gain_ci_low, cell.gain_ci_high, is_signed=True
    )
    text += f"; {gain} points over base ({low} to {high})"
    if cell.p_adjusted is not None:
        text += f", Holm-adjusted p {cell.p_adjusted:.2g}"
        text += ": significant" if data.is_significant(cell) else ": not significant"
    return f"{text}; better on {cell.better} problems, worse on {cell.worse}"
