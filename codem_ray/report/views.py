"""The views of one sweep: score, gain over base, gain over control, residual, loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from codem_ray.analysis import MatrixCell
from codem_ray.languages import LANGUAGES
from codem_ray.report.matrix_layout import Matrix, MatrixRow
from codem_ray.report.matrix_views import REFERENCES, MatrixView, Unit, Value, ViewColumn, ViewRow
from codem_ray.report.report_data import ReportData
from codem_ray.report.row_order import mutual_order


def make_views(data: ReportData) -> list[MatrixView]:
    """Return the views for which there are values, that of gains first."""
    views = [_gains(data), _scores(data)]
    return [view for view in views if view.rows and view.columns]


def language_order(matrix: Matrix) -> list[str]:
    """Return the languages among the sources, those that help each other side by side."""
    gains = {
        (cell.source, cell.target): cell.gain
        for cell in matrix.cells.values()
        if cell.gain is not None
    }
    sources = [row.source for row in matrix.rows if row.source in LANGUAGES]
    targets = {column.target for column in matrix.columns}
    both = [name for name in sources if name in targets]
    order = mutual_order(list(dict.fromkeys(both)), gains)
    return order + [name for name in LANGUAGES if name not in order]


def _gains(data: ReportData) -> MatrixView:
    style = data.evaluation.baseline_style
    rows, columns = _layout(data.matrix)

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
        columns=columns,
        rows=_rows(data.matrix, rows, columns, value_of),
    )


def _scores(data: ReportData) -> MatrixView:
    rows, columns = _layout(data.matrix)

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


def _percent(data: ReportData) -> str:
    return f"{100 * data.evaluation.confidence:.0f} %"


def _layout(matrix: Matrix) -> tuple[list[tuple[int, MatrixRow]], list[ViewColumn]]:
    """Return rows with their numbers, and columns, in the order of the page.

    Languages come first, in the same order in rows and columns; then mixtures, sequences and
    external models; then the reference rows.
    """
    order = language_order(matrix)
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
