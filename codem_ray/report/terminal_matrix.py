"""The matrix as plain text with aligned columns, for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codem_ray.analysis import MatrixCell
from codem_ray.report.matrix_layout import Matrix, format_percent, lay_out_matrix

_INCOMPLETE, _SIGNIFICANT, _MISSING = "*", "!", "?"


def text_matrix(cells: Sequence[MatrixCell]) -> str:
    """Return pass@k in percent by source and target: `*` is incomplete, `?` missing."""
    matrix = lay_out_matrix(cells)

    def text_of(cell: MatrixCell) -> str:
        score = "-" if cell.pass_at_k is None else format_percent(cell.pass_at_k, cell.problems)
        return score + (_INCOMPLETE if cell.incomplete else "")

    return _table(matrix, f"pass@{matrix.k}, %", text_of)


def text_gains(cells: Sequence[MatrixCell], *, alpha: float = 0.05) -> str:
    """Return gains over base in points: `!` is significant after adjustment, `*` incomplete."""
    matrix = lay_out_matrix(cells)

    def text_of(cell: MatrixCell) -> str:
        mark = _INCOMPLETE if matrix.has_incomplete_gain(cell) else ""
        if cell.gain is None:
            return f"-{mark}"
        if cell.p_adjusted is not None and cell.p_adjusted <= alpha:
            mark = _SIGNIFICANT + mark
        return format_percent(cell.gain, cell.problems, is_signed=True) + mark

    table = _table(matrix, "gain, points", text_of)
    return f"{table}\n{_SIGNIFICANT} differs from base (adjusted p <= {alpha:g})"


def _table(matrix: Matrix, corner: str, text_of: Callable[[MatrixCell], str]) -> str:
    header = [corner, *(column.flat_label for column in matrix.columns)]
    body: list[list[str]] = []
    for row in matrix.rows:
        cells = [matrix.cell(row, column) for column in matrix.columns]
        texts = [_MISSING if cell is None else text_of(cell) for cell in cells]
        # A row of dashes is base in the baseline style, which has no gains.
        if set(texts) != {"-"}:
            body.append([row.label, *texts])
    footnotes = [
        f"{mark} {meaning}"
        for mark, meaning in (
            (_INCOMPLETE, "incomplete: some verdicts are missing"),
            (_MISSING, "missing: no result at all"),
        )
        if any(text.endswith(mark) for _, *texts in body for text in texts)
    ]
    return "\n".join([*_aligned_lines(header, body), *footnotes])


def _aligned_lines(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    columns = [list(column) for column in zip(header, *body, strict=True)]
    for column in columns[1:]:
        # Marks follow the number; numbers without a mark get a space to keep digits aligned.
        marks = [text[-1:] in (_INCOMPLETE, _SIGNIFICANT) for text in column[1:]]
        if any(marks):
            column[1:] = [
                text if is_marked else f"{text} "
                for text, is_marked in zip(column[1:], marks, strict=True)
            ]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "  ".join(
            [label.ljust(widths[0])]
            + [text.rjust(width) for text, width in zip(texts, widths[1:], strict=True)]
        ).rstrip()
        for label, *texts in zip(*columns, strict=True)
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
