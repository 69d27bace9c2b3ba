"""An SVG drawing of the package's layers, from the import contract and the package docstrings."""

from __future__ import annotations

import ast
import textwrap
import tomllib
from html import escape
from pathlib import Path

_WIDTH, _MARGIN, _GAP = 1000, 20, 10
_TITLE_HEIGHT, _LINE_HEIGHT = 26, 16
_CHARACTER_WIDTH = 6.6
"""Average width of a character of the description, in pixels; lines are wrapped by it."""
_COLOURS = {
    "cli": "#dbeafe",
    "runtime": "#fde68a",
    "tracking": "#fde68a",
    "training": "#fecaca",
    "generation": "#fecaca",
    "tokens": "#fecaca",
    "models": "#fecaca",
}
_PLAIN = "#e5e7eb"


def architecture_svg(root: Path) -> str:
    """Return the drawing: a row for each layer, highest first; siblings stand side by side.

    Args:
        root: Folder of the repository, with `pyproject.toml` and `codem_ray/`.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    parts: list[str] = []
    top = _MARGIN
    for layer in layers:
        names = [name.strip() for name in layer.split("|")]
        width = (_WIDTH - 2 * _MARGIN - _GAP * (len(names) - 1)) / len(names)
        texts = [_wrapped(_summary(root, name), width) for name in names]
        height = _TITLE_HEIGHT + _LINE_HEIGHT * max(map(len, texts)) + 8
        for place, (name, lines) in enumerate(zip(names, texts, strict=True)):
            parts.append(_box(name, lines, _MARGIN + place * (width + _GAP), top, width, height))
        top += height + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + _MARGIN}" '
        'font-family="Helvetica, Arial, sans-serif" role="img" '
        'aria-label="Layers of codem_ray: a package imports only from the rows below it">\n'
        f'<rect width="{_WIDTH}" height="{top + _MARGIN}" fill="#ffffff"/>\n'
        + "".join(parts)
        + "</svg>\n"
    )


def _summary(root: Path, name: str) -> str:
    """Return the first sentence of a package's or module's docstring."""
    package = root / "codem_ray" / name / "__init__.py"
    path = package if package.is_file() else root / "codem_ray" / f"{name}.py"
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(12, int((width - 24) / _CHARACTER_WIDTH)))


def _box(name: str, lines: list[str], left: float, top: float, width: float, height: float) -> str:
    colour, inner = _COLOURS.get(name, _PLAIN), left + 12
    text = (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="6" '
        f'fill="{colour}" stroke="#6b7280"/>\n'
        f'<text x="{inner:.0f}" y="{top + 19:.0f}" font-size="14" font-weight="bold" '
        f'fill="#111827">{escape(name)}</text>\n'
    )
    for number, line in enumerate(lines):
        y = top + _TITLE_HEIGHT + 12 + number * _LINE_HEIGHT
        text += (
            f'<text x="{inner:.0f}" y="{y:.0f}" font-size="12" fill="#374151">'
            f"{escape(line)}</text>\n"
        )
    return text
