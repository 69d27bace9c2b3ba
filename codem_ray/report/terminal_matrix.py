"""The matrix as plain text with aligned columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codem_ray.analysis import MatrixCell
from codem_ray.report.matrix_layout import Matrix, format_percent, lay_out_matrix

_INCOMPLETE, _MISSING = "*", "?"


def text_matrix(cells: Sequence[MatrixCell], *, k: int | None = None) -> str:
    """Return pass@k in percent by source and target, `*` where incomplete, `?` where missing."""
    matrix = lay_out_matrix(cells, k)
    return _table(
        matrix,
        f"pass@{matrix.k}, %",
        lambda cell: (
            "-" if cell.pass_at_k is None else format_percent(cell.pass_at_k, cell.problems)
        ),
        lambda cell: cell.incomplete,
    )


def text_gains(cells: Sequence[MatrixCell], *, alpha: float = 0.05, k: int | None = None) -> str:
    """Return gains over base in points, `!` where significant once adjusted."""
    matrix = lay_out_matrix(cells, k)

    def text(cell: MatrixCell) -> str:
        if cell.gain is None:
            return "-"
        mark = "!" if cell.p_adjusted is not None and cell.p_adjusted <= alpha else ""
        return format_percent(cell.gain, cell.problems, is_signed=True) + mark

    return _table(matrix, "gain, points", text, matrix.is_uncertain_gain) + (
        f"\n! differs from base (adjusted p <= {alpha:g})"
    )


def _table(
    matrix: Matrix,
    corner: str,
    text: Callable[[MatrixCell], str],
    is_marked: Callable[[MatrixCell], bool],
) -> str:
    header = [corner, *(column.label.replace("\n", " ") for column in matrix.columns)]
    body: list[list[str]] = []
    for row in matrix.rows:
        line = [row.label]
        for column in matrix.columns:
            cell = matrix.cell(row, column)
            if cell is None:
                line.append(_MISSING)
            else:
                line.append(text(cell) + (_INCOMPLETE if is_marked(cell) else ""))
        if set(line[1:]) != {"-"}:
            body.append(line)
    # Marks hang behind the number, so that digits stay aligned with and without one.
    for index in range(1, len(header)):
        has_marks = any(line[index][-1:] in "*!" for line in body)
        for line in body:
            if has_marks and line[index][-1:] not in "*!":
                line[index] += " "
    widths = [max(len(line[index]) for line in [header, *body]) for index in range(len(header))]
    lines = [
        "  ".join(
            part.ljust(width) if index == 0 else part.rjust(width)
            for index, (part, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [header, *body]
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    joined = [part for line in body for part in line[1:]]
    if any(part.rstrip().endswith(_INCOMPLETE) for part in joined):
        lines.append(f"{_INCOMPLETE} incomplete: some verdicts are missing")
    if _MISSING in [part.strip() for part in joined]:
        lines.append(f"{_MISSING} missing: no result at all")
    return "\n".join(lines)
