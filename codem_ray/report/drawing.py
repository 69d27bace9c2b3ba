"""Renders matplotlib figures as files and as drawings inside the page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from codem_ray.report.palette import INK, MUTED
from codem_ray.report.section import RenderedSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FONTS = ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans", "sans-serif"]
STYLE: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
"""matplotlib settings of all figures."""


def render_drawing(
    name: str, figure: Figure, description: str, *, is_small: bool = False
) -> RenderedSection:
    """Render a figure into the page and as the files `<name>.svg` and `<name>.png`."""
    svg = render_figure(figure, "svg")
    return RenderedSection(
        html=render_template(
            "figure.html.j2", svg=_inline_svg(svg, description), is_small=is_small
        ),
        files={f"{name}.svg": svg, f"{name}.png": render_figure(figure, "png")},
    )


def render_figure(figure: Figure, kind: str) -> bytes:
    """Return a figure as `svg` or `png`; equal figures give equal bytes."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context(STYLE | {"svg.hashsalt": str(figure.get_label())}):
        if kind == "png":
            figure.savefig(buffer, format="png", dpi=150, facecolor="white", bbox_inches="tight")
            return buffer.getvalue()
        figure.savefig(
            buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    text = buffer.getvalue().decode()
    return text.replace("'DejaVu Sans'", ", ".join(f"'{name}'" for name in _FONTS)).encode()


def hide_frame(axes: Axes) -> None:
    """Remove background, top and right border."""
    axes.patch.set_visible(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9)


def _inline_svg(svg: bytes, description: str) -> str:
    """Prepare an SVG file for the page: without prolog and metadata, in the page's text colour."""
    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'<g id="[^"]+"', "<g", text)
    text = re.sub(r' (?:width|height)="[0-9.]+pt"', "", text)
    text = text.replace("xlink:href", "href").replace(INK, "currentColor")
    text = text.replace(MUTED, "var(--muted)")
    escaped = description.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace("<svg", f'<svg role="img" aria-label="{escaped}"', 1)
