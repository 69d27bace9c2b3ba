"""The views of one sweep: score, gain over base, gain over control, residual, loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from codem_ray.analysis import MatrixCell, baseline_style
from codem_ray.analysis.transfer_results import Estimate, GainParts, TransferStudy
from codem_ray.languages import LANGUAGES
from codem_ray.records import Metric
from codem_ray.report.matrix_layout import Matrix, MatrixRow, display_name
from codem_ray.report.matrix_views import REFERENCES, MatrixView, Unit, Value, ViewColumn, ViewRow
from codem_ray.report.report_data import ReportData
from codem_ray.report.row_order import mutual_order


def make_views(data: ReportData) -> list[MatrixView]:
    """Return the views for which there are values, that of gains first."""
    views = [_gains(data), _scores(data), _over_control(data), _residuals(data), _losses(data)]
    return [view for view in views if view.rows and view.columns]


def language_order(data: ReportData) -> list[str]:
    """Return the languages in the order of the page.

    If the interaction is significant, languages that help each other are neighbours. Otherwise that
    order would show noise, and the registry's order is used, in which related languages are
    neighbours.
    """
    if not is_clustered(data):
        return list(LANGUAGES)
    cells = data.matrix.cells.values()
    gains = {(cell.source, cell.target): cell.gain for cell in cells if cell.gain is not None}
    sources = dict.fromkeys(row.source for row in data.matrix.rows)
    targets = {column.target for column in data.matrix.columns}
    order = mutual_order([name for name in sources if name in targets], gains)
    return order + [name for name in LANGUAGES if name not in order]


def is_clustered(data: ReportData) -> bool:
    """Whether rows and columns are ordered by mutual gains: if the interaction is significant."""
    study = data.study
    return (
        study is not None
        and study.interaction is not None
        and study.is_significant(study.interaction)
    )


def _gains(data: ReportData) -> MatrixView:
    style = data.evaluation.baseline_style
    rows, columns = _layout(data, data.matrix)

    def value_of(cell: MatrixCell) -> Value:
        return Value(
            value=cell.gain,
            low=cell.gain_ci_low,
            high=cell.gain_ci_high,
            problems=cell.problems,
            is_significant=data.is_significant(cell),
            is_incomplete=data.matrix.has_incomplete_gain(cell),
        )

    return MatrixView(
        name="gain",
        title="Gain over base",
        note=f"pass@{data.matrix.k} minus that of base (asked by {style}) on the same problems, in "
        f"points, with {_percent(data)} intervals.",
        unit=Unit.POINTS,
        significance="differs from base",
        columns=_with_margins(columns, data.study),
        rows=_rows(data.matrix, rows, columns, value_of, _donors(data.study)),
    )


def _scores(data: ReportData) -> MatrixView:
    rows, columns = _layout(data, data.matrix)

    def value_of(cell: MatrixCell) -> Value:
        return Value(
            value=cell.value,
            low=cell.ci_low,
            high=cell.ci_high,
            problems=cell.problems,
            is_significant=data.is_significant(cell),
            is_incomplete=cell.incomplete,
        )

    return MatrixView(
        name="score",
        title=f"pass@{data.matrix.k}",
        note=f"Percent of problems, with {_percent(data)} intervals.",
        unit=Unit.PERCENT,
        is_signed=False,
        significance="differs from base",
        columns=columns,
        rows=_rows(data.matrix, rows, columns, value_of),
    )


def _over_control(data: ReportData) -> MatrixView:
    parts = data.study.parts if data.study else ()
    controls = {display_name(part.control) for part in parts if part.control}
    return _part_view(
        data,
        lambda part: part.over_control,
        name="control",
        title="Gain over control",
        note=f"Gain minus that of the best control ({', '.join(sorted(controls))}) on the same "
        f"target, in points, with {_percent(data)} intervals.",
        significance="differs from the control",
    )


def _residuals(data: ReportData) -> MatrixView:
    return _part_view(
        data,
        lambda part: part.pair,
        name="residual",
        title="Residual",
        note="Gain minus what this source and this target give in pairs of unrelated languages, in "
        f"points, with {_percent(data)} intervals.",
        significance="differs from these effects",
    )


def _losses(data: ReportData) -> MatrixView:
    matrix = data.loss_matrix
    rows, columns = _layout(data, matrix)
    style = baseline_style(Metric.LOSS, data.evaluation.baseline_style)

    def value_of(cell: MatrixCell) -> Value:
        if (cell.source, cell.prompt_style) == ("base", style):
            return Value(value=cell.value, low=cell.ci_low, high=cell.ci_high, is_plain=True)
        return Value(
            value=cell.gain,
            low=cell.gain_ci_low,
            high=cell.gain_ci_high,
            is_significant=data.is_significant(cell),
            is_incomplete=cell.incomplete,
        )

    return MatrixView(
        name="loss",
        title="Loss",
        note="Loss of base minus that of the model on reference answers, in nats per target "
        f"token, with {_percent(data)} intervals; positive is better. The row of base shows its "
        "loss.",
        unit=Unit.NATS,
        has_cell_view=False,
        significance="differs from base",
        columns=_with_margins(columns, data.loss_study),
        rows=_rows(matrix, rows, columns, value_of, _donors(data.loss_study)),
    )


def _part_view(
    data: ReportData,
    choose: Callable[[GainParts], Estimate | None],
    *,
    name: str,
    title: str,
    note: str,
    significance: str,
) -> MatrixView:
    """Return a view of one part of the gains of languages on programming languages."""
    study = data.study
    found = {} if study is None else {(p.source, p.benchmark): choose(p) for p in study.parts}
    rows, columns = _layout(data, data.matrix)

    def value_of(cell: MatrixCell) -> Value:
        return _value(found.get((cell.source, cell.benchmark)), study, cell.problems)

    measured = {benchmark for _, benchmark in found}
    columns = [shown for shown in columns if shown.column.benchmark in measured]
    return MatrixView(
        name=name,
        title=title,
        note=note,
        unit=Unit.POINTS,
        significance=significance,
        columns=columns,
        rows=_rows(data.matrix, rows, columns, value_of),
    )


def _value(estimate: Estimate | None, study: TransferStudy | None, problems: int = 0) -> Value:
    if estimate is None or study is None:
        return Value(value=None)
    return Value(
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        problems=problems,
        is_significant=study.is_significant(estimate),
    )


def _donors(study: TransferStudy | None) -> dict[str, Value]:
    """Return the mean gain of each source in other languages."""
    margins = study.donors if study else ()
    return {margin.name: _value(margin.effect, study) for margin in margins}


def _with_margins(columns: Sequence[ViewColumn], study: TransferStudy | None) -> list[ViewColumn]:
    """Add the mean gain of each target from other languages."""
    margins = study.recipients if study else ()
    values = {margin.name: _value(margin.effect, study) for margin in margins}
    return [replace(shown, margin=values.get(shown.column.target)) for shown in columns]


def _percent(data: ReportData) -> str:
    return f"{100 * data.evaluation.confidence:.0f} %"


def _layout(
    data: ReportData, matrix: Matrix
) -> tuple[list[tuple[int, MatrixRow]], list[ViewColumn]]:
    """Return rows with their numbers, and columns, in the order of the page.

    Languages come first, in the same order in rows and columns; then mixtures, sequences and
    external models; then the reference rows.
    """
    order = language_order(data)
    place = {name: number for number, name in enumerate(order)}

    def rank(numbered: tuple[int, MatrixRow]) -> tuple[int, int]:
        number, row = numbered
        if row.source in REFERENCES:
            return 2, number
        return (0, place[row.source]) if row.source in place else (1, number)

    columns = [ViewColumn(number=n, column=column) for n, column in enumerate(matrix.columns)]
    columns.sort(key=lambda shown: place.get(shown.column.target, len(place)))
    return sorted(enumerate(matrix.rows), key=rank), columns


def _rows(
    matrix: Matrix,
    rows: Sequence[tuple[int, MatrixRow]],
    columns: Sequence[ViewColumn],
    value_of: Callable[[MatrixCell], Value],
    margins: Mapping[str, Value] | None = None,
) -> list[ViewRow]:
    """Return the rows that have a value."""
    found = []
    for number, row in rows:
        cells = [
            matrix.cells.get((row.source, row.prompt_style, shown.column.benchmark))
            for shown in columns
        ]
        values = [None if cell is None else value_of(cell) for cell in cells]
        if any(value and value.value is not None for value in values):
            margin = (margins or {}).get(row.source)
            found.append(ViewRow(number=number, row=row, values=values, margin=margin))
    return found
