"""Draws a view of the matrix as a figure for papers and slides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from codem_ray.report.figures import add_heading, new_axes
from codem_ray.report.matrix_views import MatrixView, Value
from codem_ray.report.palette import INK, LIGHT, MUTED, shade, text_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_heat_map(view: MatrixView, *, heading: str, alpha: float) -> Figure:
    """Draw a view, with a frame around each cell whose source is its target."""
    rows = [row for group in view.row_groups for row in group]
    width, height = max(4.6, 0.98 * len(view.columns)), max(1.2, 0.58 * len(rows))
    with new_axes(width, height) as (figure, axes):
        axes.set(xlim=(0, len(view.columns)), ylim=(len(rows), 0))
        labels = [column.column.label for column in view.columns]
        axes.set_xticks([x + 0.5 for x in range(len(labels))], labels, fontsize=10)
        axes.set_yticks(
            [y + 0.5 for y in range(len(rows))], [row.row.label for row in rows], fontsize=10
        )
        axes.xaxis.tick_top()
        axes.tick_params(length=0, pad=5)
        axes.spines[:].set_visible(False)
        for y, row in enumerate(rows):
            for x, (column, value) in enumerate(zip(view.columns, row.values, strict=True)):
                is_own = row.row.source == column.column.target
                _draw_cell(axes, x, y, view, value, is_framed=is_own)
        num_tuned = len(view.row_groups[0])
        if 0 < num_tuned < len(rows):
            axes.axhline(num_tuned, color=INK, lw=1.2)
        labels_height = 0.16 * max((label.count("\n") for label in labels), default=0)
        add_heading(figure, heading, inches_above=0.62 + labels_height)
        write = partial(figure.text, 0, color=MUTED, linespacing=1.45)
        write(1 + (0.40 + labels_height) / height, "tested on  →", fontsize=8.5, va="bottom")
        caption = (
            f"{view.note}\n● {view.significance} (Holm-adjusted p ≤ {alpha:g}). "
            f"Framed: tuned on the target itself.{' Hatched: incomplete.' if view.has_gaps else ''}"
        )
        write(-0.16 / height, caption, fontsize=8, va="top")
    return figure


def _draw_cell(
    axes: Axes, x: int, y: int, view: MatrixView, value: Value | None, *, is_framed: bool
) -> None:
    from matplotlib.patches import Rectangle

    number = view.shade_number(value)
    # The page replaces INK by its own text colour, which must not happen in a coloured cell.
    face = "none" if number is None else shade(LIGHT, number)
    ink, faint = (INK, MUTED) if number is None else (text_colour(face),) * 2
    box = partial(Rectangle, (x + 0.02, y + 0.03), 0.96, 0.94)
    axes.add_patch(box(facecolor=face, edgecolor="#9aa4b0", lw=0.5))
    if value is None or value.is_incomplete:
        axes.add_patch(box(facecolor="none", edgecolor="#8a8f98", lw=0, hatch="////"))
    if is_framed:
        axes.add_patch(box(facecolor="none", edgecolor=INK, lw=1.6, zorder=3))
    write = partial(axes.text, x + 0.5, ha="center", va="center")
    mark = " ●" if value and value.is_significant else ""
    write(y + 0.38, view.text(value) + mark, fontsize=11.5, color=ink)
    write(y + 0.76, view.interval(value), fontsize=7, color=faint)
