"""The report as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codem_ray import __version__
from codem_ray.analysis import CommonScore, MatrixCell
from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.charts import OutcomeCounts
from codem_ray.report.common import common_tables
from codem_ray.report.drilldown import dot_boards
from codem_ray.report.figures import is_detected_gain
from codem_ray.report.matrix_layout import Matrix, display_name, format_percent
from codem_ray.report.palette import OUTCOME_COLOURS

if TYPE_CHECKING:
    from codem_ray.report.writer import ReportInputs


@dataclass(frozen=True, slots=True)
class PageFigure:
    """A drawing that goes into the page."""

    name: str
    svg: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Everything that the template shows."""

    inputs: ReportInputs
    matrix: Matrix
    cells: tuple[MatrixCell, ...]
    common: tuple[CommonScore, ...]
    figures: tuple[PageFigure, ...]
    headline: str
    transfer: tuple[str, ...]
    power: str
    warnings: tuple[str, ...]
    counts: OutcomeCounts
    alpha: float
    detectable: float | None
    is_limited: bool
    baseline_style: PromptStyle
    card: tuple[FactTable, ...] = ()
    """The data card."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """Rows of facts with the union of their keys as columns."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def fact_table(heading: str, rows: Sequence[Mapping[str, object]]) -> FactTable:
    """Lay out rows of facts in the order in which their keys first appear."""
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    return FactTable(
        heading,
        tuple(column.replace("_", " ") for column in columns),
        tuple(tuple(plain(row.get(column)) for column in columns) for row in rows),
        tuple(any(isinstance(row.get(column), int | float) for row in rows) for column in columns),
    )


def plain(value: object) -> str:
    """Write a fact as a reader expects it: grouped digits, yes and no, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {plain(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain(item) for item in value)
    return str(value)


def write_page(page: Page, path: Path) -> None:
    """Render the template to a file."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("codem_ray.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    inputs = page.inputs
    boards = dot_boards(inputs.results, page.matrix)
    tables = [
        fact_table(heading, rows)
        for heading, rows in (
            ("Training", inputs.training_facts),
            ("Benchmarks", inputs.benchmarks),
        )
        if rows
    ]
    environment.filters |= {"percent": format_percent, "title_of": display_name, "plain": plain}
    text = environment.get_template("index.html.j2").render(
        name=inputs.sweep_name,
        page=page,
        version=__version__,
        figures={figure.name: figure for figure in page.figures},
        boards=boards,
        board_data=[
            {"tasks": board.tasks, "rows": [row.outcomes for row in board.rows]} for board in boards
        ],
        outcomes=[outcome.replace("_", " ") for outcome in Outcome],
        colours=OUTCOME_COLOURS,
        outcome_rows=_outcome_rows(page),
        present=_present(page.counts),
        common_tables=common_tables(page.common),
        tables=tables,
        environment=inputs.environment,
        sweep=json.dumps(inputs.sweep, indent=2, default=str) if inputs.sweep else "",
        plan=json.dumps(inputs.plan, indent=2, default=str) if inputs.plan else "",
        is_sure=lambda cell: is_detected_gain(cell, page.alpha, page.detectable),
    )
    path.write_text(text, encoding="utf-8")


def _present(counts: OutcomeCounts) -> list[Outcome]:
    return [outcome for outcome in Outcome if any(counter[outcome] for counter in counts.values())]


def _outcome_rows(page: Page) -> list[tuple[str, str, list[int]]]:
    present = _present(page.counts)
    rows: list[tuple[str, str, list[int]]] = []
    for row in page.matrix.rows:
        for column in page.matrix.columns:
            counter = page.counts.get((row.source, row.prompt_style, column.benchmark))
            if counter is not None:
                counts = [counter[outcome] for outcome in present]
                rows.append((row.label, column.label.replace("\n", " "), counts))
    return rows
