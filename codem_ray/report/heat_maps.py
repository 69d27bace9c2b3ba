"""Heat maps of the matrix's scores and gains."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from codem_ray.analysis import MatrixCell
from codem_ray.report.drawing import STYLE
from codem_ray.report.matrix_layout import Matrix, MatrixColumn, MatrixRow, format_percent
from codem_ray.report.palette import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_CELL_WIDTH, _CELL_HEIGHT = 0.98, 0.58


def score_figure(matrix: Matrix, *, heading: str, caption: str) -> Figure:
    """Draw pass@k by source and target, with each cell's interval."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap, Normalize

    scores = [cell.pass_at_k for cell in matrix.cells.values() if cell.pass_at_k is not None]
    top = max(0.2, math.ceil(10 * max(scores, default=0.0)) / 10)
    # From pale to deep blue, cut before black so that white figures stay legible.
    blues = mpl.colormaps["Blues"]
    colours = ListedColormap([blues(0.02 + 0.9 * step / 255) for step in range(256)])

    def words(cell: MatrixCell) -> tuple[str, str, float | None]:
        if cell.pass_at_k is None or cell.ci_low is None or cell.ci_high is None:
            return "–", "no verdict", None
        low, high = (
            format_percent(cell.ci_low, cell.problems),
            format_percent(cell.ci_high, cell.problems),
        )
        return format_percent(cell.pass_at_k, cell.problems), f"{low}–{high}", cell.pass_at_k

    return _grid(
        matrix,
        matrix.rows,
        words,
        colours,
        Normalize(0, top),
        heading=heading,
        caption=caption,
        legend=f"pass@{matrix.k}, %",
        label="scores",
        is_hatched=lambda cell: cell.incomplete,
    )


def gain_figure(
    matrix: Matrix, is_coloured: Callable[[MatrixCell], bool], *, heading: str, caption: str
) -> Figure:
    """Draw gains over base, each with its interval."""
    import matplotlib as mpl
    from matplotlib.colors import TwoSlopeNorm

    rows = tuple(
        row
        for row in matrix.rows
        if any(
            cell.gain is not None
            for column in matrix.columns
            if (cell := matrix.cell(row, column)) is not None
        )
    )
    gains = [abs(cell.gain) for cell in matrix.cells.values() if cell.gain is not None]
    top = max(0.1, math.ceil(10 * max(gains, default=0.0)) / 10)

    def words(cell: MatrixCell) -> tuple[str, str, float | None]:
        if cell.gain is None or cell.gain_ci_low is None or cell.gain_ci_high is None:
            return "–", "no gain", None
        low = format_percent(cell.gain_ci_low, cell.problems, is_signed=True)
        high = format_percent(cell.gain_ci_high, cell.problems, is_signed=True)
        value = cell.gain if is_coloured(cell) else None
        return format_percent(cell.gain, cell.problems, is_signed=True), f"{low} to {high}", value

    return _grid(
        matrix,
        rows,
        words,
        mpl.colormaps["RdBu"],
        TwoSlopeNorm(0, -top, top),
        heading=heading,
        caption=caption,
        legend="gain, points",
        label="gains",
        is_hatched=matrix.is_uncertain_gain,
    )


def _grid(
    matrix: Matrix,
    rows: tuple[MatrixRow, ...],
    words: Callable[[MatrixCell], tuple[str, str, float | None]],
    colours: Colormap,
    norm: Normalize,
    *,
    heading: str,
    caption: str,
    legend: str,
    label: str,
    is_hatched: Callable[[MatrixCell], bool],
) -> Figure:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    width = max(4.6, _CELL_WIDTH * len(matrix.columns))
    height = max(1.2, _CELL_HEIGHT * len(rows))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), label=label)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, len(matrix.columns)), ylim=(len(rows), 0))
        axes.set_xticks([i + 0.5 for i in range(len(matrix.columns))])
        axes.set_xticklabels([column.label for column in matrix.columns], fontsize=10)
        axes.set_yticks([i + 0.5 for i in range(len(rows))])
        axes.set_yticklabels([row.label for row in rows], fontsize=10)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, pad=5)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for i, row in enumerate(rows):
            for j, column in enumerate(matrix.columns):
                cell = matrix.cell(row, column)
                _draw_cell(axes, j, i, cell, words, colours, norm, is_hatched)
                if row.source == column.target:
                    _outline(axes, j, i)
        _headings(axes, figure, rows, matrix.columns, heading, caption)
        _scale(figure, colours, norm, legend, width, height)
    return figure


def _draw_cell(
    axes: Axes,
    x: int,
    y: int,
    cell: MatrixCell | None,
    words: Callable[[MatrixCell], tuple[str, str, float | None]],
    colours: Colormap,
    norm: Normalize,
    is_hatched: Callable[[MatrixCell], bool],
) -> None:
    from matplotlib.patches import Rectangle

    main, small, value = ("missing", "", None) if cell is None else words(cell)
    face, ink, faint = "none", INK, MUTED
    if value is not None:
        red, green, blue, _ = colours(norm(value))
        face = "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in (red, green, blue)))
        is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        # The page swaps INK for its own text colour, which must not reach a coloured cell.
        ink, faint = ("#ffffff", "#f0f4f8") if is_dark else ("#10161d", "#303a46")
    axes.add_patch(
        Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=face, edgecolor="#9aa4b0", lw=0.5)
    )
    if cell is None or is_hatched(cell):
        axes.add_patch(
            Rectangle(
                (x + 0.02, y + 0.03),
                0.96,
                0.94,
                facecolor="none",
                edgecolor="#8a8f98",
                hatch="////",
                lw=0,
            )
        )
    if cell is None:
        axes.text(x + 0.5, y + 0.5, main, ha="center", va="center", fontsize=8, color=INK)
        return
    axes.text(
        x + 0.5,
        y + 0.38,
        main,
        ha="center",
        va="center",
        fontsize=11.5,
        color=ink,
        weight="bold" if value is not None else "normal",
    )
    axes.text(x + 0.5, y + 0.76, small, ha="center", va="center", fontsize=7, color=faint)


def _outline(axes: Axes, x: int, y: int) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (x + 0.03, y + 0.04), 0.94, 0.92, facecolor="none", edgecolor=INK, lw=1.6, zorder=3
        )
    )


def _headings(
    axes: Axes,
    figure: Figure,
    rows: tuple[MatrixRow, ...],
    columns: tuple[MatrixColumn, ...],
    heading: str,
    caption: str,
) -> None:
    height = max(1.2, _CELL_HEIGHT * len(rows))
    num_lines = max((column.label.count("\n") for column in columns), default=0)
    title_y = 1 + (0.62 + 0.16 * num_lines) / height
    figure.text(0, title_y, heading, fontsize=13, weight="bold", ha="left", va="bottom")
    figure.text(
        0,
        1 + (0.40 + 0.16 * num_lines) / height,
        "tested on  →",
        fontsize=8.5,
        color=MUTED,
        ha="left",
        va="bottom",
    )
    figure.text(
        0, -0.16 / height, caption, fontsize=8, color=MUTED, ha="left", va="top", linespacing=1.45
    )
    for i in range(1, len(rows)):
        if (rows[i].source == "base") != (rows[i - 1].source == "base"):
            axes.axhline(i, color=INK, lw=1.2)


def _scale(
    figure: Figure, colours: Colormap, norm: Normalize, legend: str, width: float, height: float
) -> None:
    from matplotlib.cm import ScalarMappable

    axes = figure.add_axes((1 + 0.25 / width, 0, 0.16 / width, 1))
    bar = figure.colorbar(ScalarMappable(norm, colours), cax=axes)
    bar.outline.set_visible(False)
    ends = [norm.vmin or 0.0, norm.vmax or 1.0]
    steps = [ends[0] + (ends[1] - ends[0]) * part / 4 for part in range(5)]
    bar.set_ticks(steps)
    bar.set_ticklabels([format_percent(step, 0, is_signed=ends[0] < 0) for step in steps])
    axes.tick_params(length=2, labelsize=8)
    axes.set_title(legend, fontsize=8, loc="left", pad=6)
