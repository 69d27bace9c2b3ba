"""Histograms of the lengths of pairs, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from codem_ray.report.figures import new_figure
from codem_ray.report.matrix_layout import display_name
from codem_ray.report.palette import LINE_COLOURS, MUTED
from codem_ray.tokens.length_histogram import Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def lengths_figure(
    histograms: Mapping[str, Histogram], *, unit: str, heading: str, limit: int | None
) -> Figure:
    """Draw a histogram per language with common bins; a dashed line marks the limit."""
    num_rows = -(-len(histograms) // 3)
    with new_figure(9.0, 1.75 * num_rows + 0.5) as figure:
        for position, (language, histogram) in enumerate(histograms.items(), start=1):
            axes = figure.add_subplot(num_rows, min(3, len(histograms)), position)
            _draw(axes, histogram, limit)
            title = (
                f"{display_name(language)}: {sum(histogram.counts):,}, median {histogram.median:,}"
            )
            axes.set_title(title, fontsize=9, loc="left")
        figure.suptitle(heading, fontsize=13, weight="bold", x=0.0, ha="left")
        figure.supxlabel(f"{unit} of a pair", fontsize=9)
        figure.tight_layout()
    return figure


def _draw(axes: Axes, histogram: Histogram, limit: int | None) -> None:
    axes.bar(range(len(histogram.counts)), histogram.counts, width=0.92, color=LINE_COLOURS[0])
    # The edges double every second bin.
    labels = [f"{edge if edge < 1024 else f'{edge // 1024}k'}" for edge in histogram.edges[::2]]
    axes.set_xticks([2 * index + 0.5 for index in range(len(labels))], labels)
    if limit is not None:
        x = sum(edge <= limit for edge in histogram.edges) - 0.5
        axes.axvline(x, color=MUTED, lw=1, linestyle="--")
    axes.tick_params(labelsize=7, length=2)
