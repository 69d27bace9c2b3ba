"""Histograms of the lengths of pairs, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from codem_ray.report.drawing import STYLE
from codem_ray.report.matrix_layout import display_name
from codem_ray.report.palette import LINE_COLOURS, MUTED
from codem_ray.tokens.length_histogram import Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3


def lengths_figure(
    histograms: Mapping[str, Histogram], *, unit: str, heading: str, limit: int | None
) -> Figure:
    """Draw a histogram per language with common bins; a dashed line marks the limit."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows = -(-len(histograms) // _COLUMNS)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 1.75 * rows + 0.5), label="lengths")
        for index, (name, one) in enumerate(histograms.items()):
            axes = figure.add_subplot(rows, min(_COLUMNS, len(histograms)), index + 1)
            _draw(axes, one, limit)
            axes.set_title(
                f"{display_name(name)}: {sum(one.counts):,}, median {one.median:,}",
                fontsize=9,
                loc="left",
            )
        figure.suptitle(heading, fontsize=13, weight="bold", x=0.0, ha="left")
        figure.supxlabel(f"{unit} of a pair", fontsize=9)
        figure.tight_layout()
    return figure


def _draw(axes: Axes, one: Histogram, limit: int | None) -> None:
    axes.bar(range(len(one.counts)), one.counts, width=0.92, color=LINE_COLOURS[0])
    # The edges double every second bin.
    labels = [f"{edge if edge < 1024 else f'{edge // 1024}k'}" for edge in one.edges[::2]]
    axes.set_xticks([2 * place + 0.5 for place in range(len(labels))], labels, fontsize=7)
    if limit is not None:
        place = sum(edge <= limit for edge in one.edges) - 0.5
        axes.axvline(place, color=MUTED, lw=1, linestyle="--")
    axes.tick_params(labelsize=7, length=2)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
