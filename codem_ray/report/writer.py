"""Builds the report of a sweep: runs its sections and writes its files."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.analysis import CellKey, MatrixCell
from codem_ray.analysis.csv_text import csv_text
from codem_ray.errors import ConfigError, StorageError
from codem_ray.report.exports import make_exports
from codem_ray.report.findings import findings
from codem_ray.report.matrix_figure import draw_matrix
from codem_ray.report.matrix_views import MatrixView
from codem_ray.report.page import pack_samples, render_page, sample_files
from codem_ray.report.report_data import ReportData, ReportInputs
from codem_ray.report.report_warnings import warnings_of
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.sections import report_sections
from codem_ray.report.templating import render_template
from codem_ray.report.views import make_views

PAGE = "index.html"


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepReport:
    """A written report and its main results."""

    cells: tuple[MatrixCell, ...]
    alpha: float
    """Level of significance of the gains."""
    missing: tuple[CellKey, ...]
    unfinished: tuple[str, ...]
    """Names of cells that the next run evaluates again."""
    warnings: tuple[str, ...]
    headline: str
    """The first finding."""
    transfer: tuple[str, ...]
    """The other findings: on controls, certainty and losses."""
    files: tuple[Path, ...]
    page: str
    """Path or URI of the HTML page."""
    loss_cells: tuple[MatrixCell, ...] = ()
    """Cells of the loss; empty if none was measured."""
    search: tuple[Mapping[str, object], ...] = ()
    """The settings of a search; see `ReportInputs.search`."""

    @property
    def is_complete(self) -> bool:
        """Whether no cell is missing, incomplete or unfinished."""
        has_gaps = self.missing or any(cell.incomplete for cell in self.cells)
        return not has_gaps and not self.unfinished


def build_report(
    inputs: ReportInputs,
    folder: Path,
    sections: Iterable[ReportSection[Any]] | None = None,
) -> SweepReport:
    """Write the matrix, the files of all sections and the page; None: all registered sections.

    A section that fails is replaced by a description of the failure, on the page and in the
    warnings.

    Raises:
        ConfigError, DataError: the results do not make a matrix.
        StorageError: the folder cannot be written.
    """
    data = ReportData(inputs)
    warnings = [*warnings_of(data), *inputs.warnings]
    views = make_views(data)
    packed = pack_samples(data)
    figures = _figures(data, views)
    exports = make_exports(
        data, views, csv=csv_text(MatrixCell, [*data.cells, *data.loss_cells]), figures=figures
    )
    files = {
        **{export.name: export.content.encode() for export in exports},
        **{name: svg.encode() for name, svg in figures.items()},
        **sample_files(packed),
    }
    shown: list[tuple[ReportSection[Any], str]] = []
    if sections is None:
        sections = report_sections().values()
    for section in sorted(sections, key=lambda section: (section.order, section.name)):
        try:
            rendered = _render(section, data, {PAGE, *files})
        except Exception as error:
            warnings.append(f"section {section.name!r} of the report failed: {_describe(error)}")
            rendered = _failed_section(error)
        if rendered is not None:
            files |= rendered.files
            if rendered.html:
                shown.append((section, rendered.html))
    sentences = findings(data)
    page = render_page(
        data,
        views=views,
        packed=packed,
        exports=exports,
        findings=sentences,
        warnings=warnings,
        sections=shown,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / PAGE).write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"cannot write the report into {folder}: {error.strerror}; free space, correct its "
            "permissions or choose another storage.path"
        ) from error
    return SweepReport(
        cells=data.cells,
        loss_cells=data.loss_cells,
        alpha=inputs.evaluation.alpha,
        missing=data.missing,
        unfinished=tuple(inputs.unfinished),
        warnings=tuple(warnings),
        headline=sentences[0].text,
        transfer=tuple(finding.text for finding in sentences[1:]),
        search=tuple(inputs.search),
        files=tuple(folder / name for name in (*files, PAGE)),
        page=str(folder / PAGE),
    )


def _figures(data: ReportData, views: Sequence[MatrixView]) -> dict[str, str]:
    """Draw each view as `matrix_<view>.svg`."""
    return {
        f"matrix_{view.name}.svg": draw_matrix(
            view,
            heading=f"{data.inputs.sweep_name}: {view.title}{data.limited_note}",
            alpha=data.evaluation.alpha,
        )
        for view in views
    }


def _render(
    section: ReportSection[Any], data: ReportData, taken: set[str]
) -> RenderedSection | None:
    result = section.compute(data)
    if result is None:
        return None
    rendered = section.render(result)
    for name in rendered.files:
        if name in taken or name != Path(name).name:
            raise ConfigError(
                f"it writes the file {name!r}: choose a plain name other than {sorted(taken)}"
            )
    return rendered


def _failed_section(error: Exception) -> RenderedSection:
    trace = "".join(traceback.format_exception(error))
    html = render_template("failed_section.html.j2", message=_describe(error), trace=trace)
    return RenderedSection(html=html)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
