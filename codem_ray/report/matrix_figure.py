"""Draws a view of the matrix as an SVG file for papers and slides."""

from __future__ import annotations

from codem_ray.report.matrix_views import MatrixView, Value
from codem_ray.report.palette import INK, LIGHT, shade, text_colour
from codem_ray.report.templating import render_template

_CELL_WIDTH, _CELL_HEIGHT, _LEFT, _TOP = 96, 42, 170, 72
_CHARACTER_WIDTH = 8
"""Of a bold label, on average; labels of searched rows are longer than `_LEFT`."""


def draw_matrix(view: MatrixView, *, heading: str, alpha: float) -> str:
    """Return a figure of a view; each cell has its interval below its estimate."""
    ordered = [row for group in view.row_groups for row in group]
    longest = max((len(row.row.label) for row in ordered), default=0)
    left = max(_LEFT, 8 + _CHARACTER_WIDTH * longest)
    columns = [
        {"x": left + _CELL_WIDTH * number, "label": column.column.flat_label}
        for number, column in enumerate(view.columns)
    ]
    rows = [
        {
            "y": _TOP + _CELL_HEIGHT * number,
            "label": row.row.label,
            "is_reference": row.is_reference,
            "cells": [
                _cell(view, value, x=left + _CELL_WIDTH * place)
                | {"is_own": row.row.source == view.columns[place].column.target}
                for place, value in enumerate(row.values)
            ],
        }
        for number, row in enumerate(ordered)
    ]
    gaps = " Hatched: missing or incomplete." if view.has_gaps else ""
    caption = [
        view.note,
        f"● {view.significance} (Holm-adjusted p ≤ {alpha:g}). Framed: own language.{gaps}",
    ]
    return render_template(
        "matrix.svg.j2",
        heading=heading,
        columns=columns,
        rows=rows,
        cell_width=_CELL_WIDTH,
        cell_height=_CELL_HEIGHT,
        width=left + max(4, len(columns)) * _CELL_WIDTH + 8,
        height=_TOP + len(rows) * _CELL_HEIGHT + 14 * len(caption) + 20,
        caption=caption,
    )


def _cell(view: MatrixView, value: Value | None, *, x: int) -> dict[str, object]:
    number = view.shade_number(value)
    fill = "none" if number is None else shade(LIGHT, number)
    return {
        "x": x,
        "text": view.text(value) + (" ●" if value and value.is_significant else ""),
        "interval": view.interval(value),
        "fill": fill,
        "ink": INK if number is None else text_colour(fill),
        "is_gap": value is None or value.is_incomplete,
    }
