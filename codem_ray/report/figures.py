"""Creates matplotlib figures in the report's style and renders them."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codem_ray.report.palette import INK, MUTED
from codem_ray.report.section import RenderedSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PAGE_FONTS = "'Inter', 'Helvetica Neue', 'Arial', 'DejaVu Sans', 'sans-serif'"
_STYLE: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "xtick.labelsize": 9,
    "ytick.color": INK,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.labelcolor": INK,
}
_NOT_INLINE = re.compile(
    r'<metadata>.*?</metadata>|(?<=<g) id="[^"]+"| xmlns(?::\w+)?="[^"]*"'
    r'| (?:width|height)="[0-9.]+pt"',
    re.DOTALL,
)
"""Parts of an SVG file that have no use inside a page."""


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """Create an empty figure, sized in inches; what is drawn inside the block has the style."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        yield Figure(figsize=(width, height))


@contextmanager
def new_axes(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Create a figure with one pair of axes, sized in inches without titles and labels."""
    with new_figure(width, height) as figure:
        yield figure, figure.add_axes((0, 0, 1, 1))


def add_heading(figure: Figure, heading: str, *, inches_above: float) -> None:
    """Write the heading above the axes."""
    y = 1 + inches_above / figure.get_figheight()
    figure.text(0, y, heading, fontsize=13, weight="bold", va="bottom")


def render_figure(figure: Figure, kind: str, *, name: str = "figure") -> bytes:
    """Return a figure as `svg` or `png`; equal figures and names give equal bytes.

    The ids inside an SVG are derived from the name, so figures on one page need different names.
    """
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}):
        if kind == "png":
            figure.savefig(buffer, format="png", dpi=150, facecolor="white", bbox_inches="tight")
            return buffer.getvalue()
        figure.savefig(
            buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return buffer.getvalue().replace(b"'DejaVu Sans'", _PAGE_FONTS.encode())


def figure_section(
    name: str, figure: Figure, description: str, *, is_small: bool = False
) -> RenderedSection:
    """Render a figure for the page and as the files `<name>.svg` and `<name>.png`.

    The description is read aloud to those who cannot see the figure.
    """
    svg = render_figure(figure, "svg", name=name)
    return RenderedSection(
        html=render_template(
            "figure.html.j2", svg=_inline_svg(svg.decode(), description), is_small=is_small
        ),
        files={f"{name}.svg": svg, f"{name}.png": render_figure(figure, "png")},
    )


def _inline_svg(svg: str, description: str) -> str:
    """Prepare an SVG file for the page, where it takes the colours of the page."""
    text = _NOT_INLINE.sub("", svg[svg.index("<svg") :])
    text = text.replace("xlink:href", "href").replace(INK, "currentColor")
    text = text.replace(MUTED, "var(--muted)")
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(description)}"', 1)
