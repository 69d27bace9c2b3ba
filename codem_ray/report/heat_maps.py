"""Draws a heat map of the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from codem_ray.report.figures import add_heading, new_axes
from codem_ray.report.matrix_layout import MatrixColumn, MatrixRow, format_percent
from codem_ray.report.palette import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class HeatMapCell:
    """Text and look of a cell."""

    text: str
    small_text: str
    value: float | None
    """Value on the colour scale; None: the cell has no colour."""
    is_hatched: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """Texts and colours of a heat map."""

    heading: str
    caption: str
    description: str
    """Read aloud to those who cannot see the figure."""
    columns: Sequence[MatrixColumn]
    rows: Mapping[MatrixRow, Sequence[HeatMapCell]]
    """Cells of each row, in the order of the columns."""
    colours: str
    """Name of a matplotlib colour map."""
    value_range: tuple[float, float]
    """Values at the ends of the colour scale."""
    scale_title: str


def draw_heat_map(heat_map: HeatMap) -> Figure:
    """Draw a heat map with a frame around each cell whose source is its target."""
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    rows, columns = heat_map.rows, heat_map.columns
    width, height = max(4.6, 0.98 * len(columns)), max(1.2, 0.58 * len(rows))
    norm, colours = Normalize(*heat_map.value_range), mpl.colormaps[heat_map.colours]
    with new_axes(width, height) as (figure, axes):
        axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        axes.set_xticks(
            [x + 0.5 for x in range(len(columns))], [c.label for c in columns], fontsize=10
        )
        axes.set_yticks([y + 0.5 for y in range(len(rows))], [r.label for r in rows], fontsize=10)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, pad=5)
        axes.spines[:].set_visible(False)
        for y, (row, cells) in enumerate(rows.items()):
            for x, (column, cell) in enumerate(zip(columns, cells, strict=True)):
                colour = None if cell.value is None else colours(norm(cell.value))
                _draw_cell(axes, x, y, cell, colour, is_framed=row.source == column.target)
        num_base = sum(row.source == "base" for row in rows)
        if 0 < num_base < len(rows):
            axes.axhline(num_base, color=INK, lw=1.2)
        labels_height = 0.16 * max((column.label.count("\n") for column in columns), default=0)
        add_heading(figure, heat_map.heading, inches_above=0.62 + labels_height)
        write = partial(figure.text, 0, color=MUTED, linespacing=1.45)
        write(1 + (0.40 + labels_height) / height, "tested on  →", fontsize=8.5, va="bottom")
        write(-0.16 / height, heat_map.caption, fontsize=8, va="top")
        scale_axes = figure.add_axes((1 + 0.25 / width, 0, 0.16 / width, 1))
        _draw_scale(figure, scale_axes, ScalarMappable(norm, colours), heat_map)
    return figure


def _draw_cell(
    axes: Axes,
    x: int,
    y: int,
    cell: HeatMapCell,
    colour: tuple[float, float, float, float] | None,
    *,
    is_framed: bool,
) -> None:
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    face, ink, faint = "none", INK, MUTED
    if colour is not None:
        face, (red, green, blue, _) = to_hex(colour), colour
        is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        # The page replaces INK by its own text colour, which must not happen in a coloured cell.
        ink, faint = ("#ffffff", "#f0f4f8") if is_dark else ("#10161d", "#303a46")
    box = partial(Rectangle, (x + 0.02, y + 0.03), 0.96, 0.94)
    axes.add_patch(box(facecolor=face, edgecolor="#9aa4b0", lw=0.5))
    if cell.is_hatched:
        axes.add_patch(box(facecolor="none", edgecolor="#8a8f98", lw=0, hatch="////"))
    if is_framed:
        axes.add_patch(box(facecolor="none", edgecolor=INK, lw=1.6, zorder=3))
    write = partial(axes.text, x + 0.5, ha="center", va="center")
    weight = "normal" if colour is None else "bold"
    write(y + 0.38, cell.text, fontsize=11.5, color=ink, weight=weight)
    write(y + 0.76, cell.small_text, fontsize=7, color=faint)


def _draw_scale(figure: Figure, axes: Axes, scale: ScalarMappable, heat_map: HeatMap) -> None:
    bar = figure.colorbar(scale, cax=axes)
    bar.outline.set_visible(False)
    low, high = heat_map.value_range
    steps = [low + (high - low) * part / 4 for part in range(5)]
    bar.set_ticks(steps, labels=[format_percent(step, 0, is_signed=low < 0) for step in steps])
    axes.tick_params(length=2, labelsize=8)
    axes.set_title(heat_map.scale_title, fontsize=8, loc="left", pad=6)
