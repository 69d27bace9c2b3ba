"""Heat maps of the matrix: scores, and gains over base."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.analysis import MatrixCell
from codem_ray.report.drawing import STYLE
from codem_ray.report.matrix_layout import Matrix, MatrixRow, format_percent
from codem_ray.report.palette import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_CELL_WIDTH, _CELL_HEIGHT = 0.98, 0.58
"""In inches."""


@dataclass(frozen=True, slots=True)
class _CellText:
    """What is written into a cell, and the value that colours it (None: no colour)."""

    main: str
    interval: str
    value: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _HeatMap:
    """What distinguishes one heat map from another."""

    label: str
    """Makes the ids of the SVG file unique and reproducible."""
    heading: str
    caption: str
    legend: str
    matrix: Matrix
    rows: tuple[MatrixRow, ...]
    colours: Colormap
    norm: Normalize
    text_of: Callable[[MatrixCell], _CellText]
    is_hatched: Callable[[MatrixCell], bool]

    @property
    def width(self) -> float:
        """In inches."""
        return max(4.6, _CELL_WIDTH * len(self.matrix.columns))

    @property
    def height(self) -> float:
        """In inches."""
        return max(1.2, _CELL_HEIGHT * len(self.rows))


def score_figure(matrix: Matrix, *, heading: str, caption: str) -> Figure:
    """Draw pass@k by source and target, with each cell's interval."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap, Normalize

    def text_of(cell: MatrixCell) -> _CellText:
        if cell.pass_at_k is None or cell.ci_low is None or cell.ci_high is None:
            return _CellText("–", "no verdict")
        score, low, high = (
            format_percent(value, cell.problems)
            for value in (cell.pass_at_k, cell.ci_low, cell.ci_high)
        )
        return _CellText(score, f"{low}–{high}", cell.pass_at_k)

    scores = [cell.pass_at_k for cell in matrix.cells.values() if cell.pass_at_k is not None]
    top = max(0.2, math.ceil(10 * max(scores, default=0.0)) / 10)
    # The darkest blues are left out so that white text stays legible.
    blues = mpl.colormaps["Blues"]
    return _draw(
        _HeatMap(
            label="scores",
            heading=heading,
            caption=caption,
            legend=f"pass@{matrix.k}, %",
            matrix=matrix,
            rows=matrix.rows,
            colours=ListedColormap([blues(0.02 + 0.9 * step / 255) for step in range(256)]),
            norm=Normalize(0, top),
            text_of=text_of,
            is_hatched=lambda cell: cell.incomplete,
        )
    )


def gain_figure(
    matrix: Matrix, is_coloured: Callable[[MatrixCell], bool], *, heading: str, caption: str
) -> Figure:
    """Draw gains over base, with each cell's interval."""
    import matplotlib as mpl
    from matplotlib.colors import TwoSlopeNorm

    def text_of(cell: MatrixCell) -> _CellText:
        if cell.gain is None or cell.gain_ci_low is None or cell.gain_ci_high is None:
            return _CellText("–", "no gain")
        gain, low, high = (
            format_percent(value, cell.problems, is_signed=True)
            for value in (cell.gain, cell.gain_ci_low, cell.gain_ci_high)
        )
        return _CellText(gain, f"{low} to {high}", cell.gain if is_coloured(cell) else None)

    gains = [abs(cell.gain) for cell in matrix.cells.values() if cell.gain is not None]
    top = max(0.1, math.ceil(10 * max(gains, default=0.0)) / 10)
    cells_by_row = {
        row: [matrix.cell(row, column) for column in matrix.columns] for row in matrix.rows
    }
    return _draw(
        _HeatMap(
            label="gains",
            heading=heading,
            caption=caption,
            legend="gain, points",
            matrix=matrix,
            rows=tuple(
                row
                for row, cells in cells_by_row.items()
                if any(cell is not None and cell.gain is not None for cell in cells)
            ),
            colours=mpl.colormaps["RdBu"],
            norm=TwoSlopeNorm(0, -top, top),
            text_of=text_of,
            is_hatched=matrix.has_incomplete_gain,
        )
    )


def _draw(heat_map: _HeatMap) -> Figure:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows, columns = heat_map.rows, heat_map.matrix.columns
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(heat_map.width, heat_map.height), label=heat_map.label)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        axes.set_xticks([i + 0.5 for i in range(len(columns))])
        axes.set_xticklabels([column.label for column in columns], fontsize=10)
        axes.set_yticks([i + 0.5 for i in range(len(rows))])
        axes.set_yticklabels([row.label for row in rows], fontsize=10)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, pad=5)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for y, row in enumerate(rows):
            for x, column in enumerate(columns):
                _draw_cell(axes, x, y, heat_map.matrix.cell(row, column), heat_map)
                if row.source == column.target:
                    _add_rectangle(
                        axes, x, y, edge=INK, line_width=1.6, inset=(0.03, 0.04), zorder=3
                    )
        _draw_texts(axes, figure, heat_map)
        _draw_scale(figure, heat_map)
    return figure


def _draw_cell(axes: Axes, x: int, y: int, cell: MatrixCell | None, heat_map: _HeatMap) -> None:
    text = _CellText("missing", "") if cell is None else heat_map.text_of(cell)
    face, ink, faint = "none", INK, MUTED
    if text.value is not None:
        red, green, blue, _ = heat_map.colours(heat_map.norm(text.value))
        face = "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in (red, green, blue)))
        is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        # The page replaces INK by its own text colour, which must not happen in a coloured cell.
        ink, faint = ("#ffffff", "#f0f4f8") if is_dark else ("#10161d", "#303a46")
    _add_rectangle(axes, x, y, edge="#9aa4b0", line_width=0.5, face=face)
    if cell is None or heat_map.is_hatched(cell):
        _add_rectangle(axes, x, y, edge="#8a8f98", line_width=0, hatch="////")
    if cell is None:
        _write(axes, x, y + 0.5, text.main, fontsize=8, color=INK)
        return
    weight = "bold" if text.value is not None else "normal"
    _write(axes, x, y + 0.38, text.main, fontsize=11.5, color=ink, weight=weight)
    _write(axes, x, y + 0.76, text.interval, fontsize=7, color=faint)


def _write(
    axes: Axes, x: int, y: float, text: str, *, fontsize: float, color: str, weight: str = "normal"
) -> None:
    axes.text(
        x + 0.5, y, text, fontsize=fontsize, color=color, weight=weight, ha="center", va="center"
    )


def _add_rectangle(
    axes: Axes,
    x: int,
    y: int,
    *,
    edge: str,
    line_width: float,
    face: str = "none",
    hatch: str | None = None,
    inset: tuple[float, float] = (0.02, 0.03),
    zorder: float = 1,
) -> None:
    from matplotlib.patches import Rectangle

    left, top = inset
    axes.add_patch(
        Rectangle(
            (x + left, y + top),
            1 - 2 * left,
            1 - 2 * top,
            facecolor=face,
            edgecolor=edge,
            hatch=hatch,
            lw=line_width,
            zorder=zorder,
        )
    )


def _draw_texts(axes: Axes, figure: Figure, heat_map: _HeatMap) -> None:
    """Write heading and caption, and draw lines between the rows of base and the others."""
    height, rows = heat_map.height, heat_map.rows
    labels_height = 0.16 * max(
        (column.label.count("\n") for column in heat_map.matrix.columns), default=0
    )
    title_y, note_y = (1 + (inches + labels_height) / height for inches in (0.62, 0.40))
    figure.text(0, title_y, heat_map.heading, fontsize=13, weight="bold", va="bottom")
    figure.text(0, note_y, "tested on  →", fontsize=8.5, color=MUTED, va="bottom")
    figure.text(
        0,
        -0.16 / height,
        heat_map.caption,
        fontsize=8,
        color=MUTED,
        va="top",
        linespacing=1.45,
    )
    for i in range(1, len(rows)):
        if (rows[i].source == "base") != (rows[i - 1].source == "base"):
            axes.axhline(i, color=INK, lw=1.2)


def _draw_scale(figure: Figure, heat_map: _HeatMap) -> None:
    from matplotlib.cm import ScalarMappable

    axes = figure.add_axes((1 + 0.25 / heat_map.width, 0, 0.16 / heat_map.width, 1))
    bar = figure.colorbar(ScalarMappable(heat_map.norm, heat_map.colours), cax=axes)
    bar.outline.set_visible(False)
    low, high = heat_map.norm.vmin or 0.0, heat_map.norm.vmax or 1.0
    steps = [low + (high - low) * part / 4 for part in range(5)]
    bar.set_ticks(steps)
    bar.set_ticklabels([format_percent(step, 0, is_signed=low < 0) for step in steps])
    axes.tick_params(length=2, labelsize=8)
    axes.set_title(heat_map.legend, fontsize=8, loc="left", pad=6)
