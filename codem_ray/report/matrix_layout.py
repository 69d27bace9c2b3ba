"""Rows and columns of the matrix, in reading order, with their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray.analysis import MatrixCell, headline_cells
from codem_ray.languages import LANGUAGES
from codem_ray.records import PromptStyle

_GROUPS = {
    0: ("base",),
    1: tuple(LANGUAGES),
    # 2: sequences and external models.
    3: ("mixed", "union"),
    4: ("prose", "shuffled"),
}
"""Groups of sources in reading order."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row of the matrix: a source with one prompt style."""

    source: str
    prompt_style: PromptStyle
    label: str


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """One column of the matrix: a benchmark of a target language."""

    target: str
    benchmark: str
    label: str
    """Target, and on a second line the benchmark if the target has several."""

    @property
    def flat_label(self) -> str:
        """The label on one line."""
        return self.label.replace("\n", " ")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The headline cells of one k, or those of the loss, as a table."""

    k: int
    """1 if the cells are losses."""
    rows: tuple[MatrixRow, ...]
    columns: tuple[MatrixColumn, ...]
    cells: Mapping[tuple[str, PromptStyle, str], MatrixCell]

    def cells_of(self, row: MatrixRow) -> list[MatrixCell | None]:
        """Return the cells of a row in the order of the columns; None if one is missing."""
        return [
            self.cells.get((row.source, row.prompt_style, column.benchmark))
            for column in self.columns
        ]

    def has_incomplete_gain(self, cell: MatrixCell) -> bool:
        """Whether the cell, or the base cell that it is compared with, is incomplete."""
        return cell.incomplete or any(
            other.incomplete
            for other in self.cells.values()
            if other.source == "base" and other.benchmark == cell.benchmark and other.gain is None
        )


def display_name(name: str) -> str:
    """Return the name of a source or target for readers, such as `C → Go`."""
    parts = name.split("-then-")
    return " → ".join(LANGUAGES[part].title if part in LANGUAGES else part for part in parts)


def _rank(source: str) -> tuple[int, int]:
    """Return the place of a source or target in reading order; equal for those of no group."""
    for number, names in _GROUPS.items():
        if source in names:
            return number, names.index(source)
    return 2, 0


def lay_out_matrix(cells: Sequence[MatrixCell]) -> Matrix:
    """Lay out the headline cells of the smallest k, or of the loss; `cells` are of one metric.

    Rows are in this order: base, languages in the registry's order, sequences and external models,
    pooled corpora, controls.
    """
    k = min((cell.k for cell in cells if cell.k is not None), default=1)
    chosen = headline_cells(cell for cell in cells if cell.k in (k, None))
    sources = dict.fromkeys((cell.source, cell.prompt_style) for cell in chosen)
    styles = Counter(source for source, _ in sources)
    benchmarks = dict.fromkeys((cell.target, cell.benchmark) for cell in chosen)
    per_target = Counter(target for target, _ in benchmarks)
    return Matrix(
        k=k,
        rows=tuple(
            MatrixRow(
                source,
                style,
                f"{display_name(source)} · {style}" if styles[source] > 1 else display_name(source),
            )
            for source, style in sorted(sources, key=lambda key: (_rank(key[0]), key[1]))
        ),
        columns=tuple(
            MatrixColumn(
                target,
                benchmark,
                display_name(target)
                if per_target[target] == 1
                else f"{display_name(target)}\n{benchmark}",
            )
            for target, benchmark in sorted(benchmarks, key=lambda key: _rank(key[0]))
        ),
        cells={(cell.source, cell.prompt_style, cell.benchmark): cell for cell in chosen},
    )


def format_percent(value: float | None, problems: int, *, is_signed: bool = False) -> str:
    """Format a fraction in percent, with one decimal if there are at least 100 problems."""
    if value is None:
        return "–"
    digits = 1 if problems >= 100 else 0
    text = f"{100 * value:{'+' if is_signed else ''}.{digits}f}"
    if float(text) == 0:
        return f"{0:.{digits}f}"
    return text.replace("-", "−") if is_signed else text


def format_percents(
    problems: int, *values: float | None, is_signed: bool = False
) -> tuple[str, ...]:
    """Format several fractions in percent."""
    return tuple(format_percent(value, problems, is_signed=is_signed) for value in values)
