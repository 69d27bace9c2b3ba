"""The views of the matrix between which the page switches: one estimate for each cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from codem_ray.languages import LANGUAGES
from codem_ray.report.matrix_layout import MatrixColumn, MatrixRow, format_percent
from codem_ray.report.palette import NUM_SHADES, shade_class

REFERENCES = ("base", "prose", "shuffled")
"""Sources that teach no programming language; the others are compared with them."""


class Unit(StrEnum):
    """Unit of the values of a view."""

    PERCENT = "%"
    POINTS = "points"
    NATS = "nats per token"


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """An estimate as the page shows it. Scores and gains are fractions of 1, losses nats."""

    value: float | None
    low: float | None = None
    high: float | None = None
    problems: int = 0
    is_significant: bool = False
    """Its Holm-adjusted p-value is at most alpha."""
    is_incomplete: bool = False
    is_plain: bool = False
    """Shown without a colour, because it is on another scale than the view."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewRow:
    """One row of a view."""

    number: int
    """Its index in the rows of the matrix."""
    row: MatrixRow
    values: Sequence[Value | None]
    """In the order of the columns; None: the cell is missing."""
    margin: Value | None = None
    """Mean over the other languages as targets."""

    @property
    def is_reference(self) -> bool:
        """Whether the source teaches no programming language."""
        return self.row.source in REFERENCES

    @property
    def is_language(self) -> bool:
        """Whether the source is one language."""
        return self.row.source in LANGUAGES


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewColumn:
    """One column of a view."""

    number: int
    """Its index in the columns of the matrix."""
    column: MatrixColumn
    margin: Value | None = None
    """Mean over the other languages as sources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixView:
    """One way to look at the matrix."""

    name: str
    title: str
    note: str
    """What the numbers are, in one sentence."""
    unit: Unit
    is_signed: bool = True
    """Whether zero is in the middle of the colours."""
    has_cell_view: bool = True
    """Whether a click on a cell shows its samples."""
    significance: str
    """What the dot in a cell means."""
    columns: Sequence[ViewColumn]
    rows: Sequence[ViewRow]

    @property
    def limit(self) -> float:
        """Value at the end of the colours."""
        values = [
            abs(value.value)
            for row in [row for row in self.rows if not row.is_reference] or self.rows
            for value in row.values
            if value and value.value is not None and not value.is_plain
        ]
        step = 0.1 if self.unit is not Unit.NATS else 0.05
        return max(step, step * math.ceil(max(values, default=0.0) / step - 1e-9))

    @property
    def row_groups(self) -> tuple[Sequence[ViewRow], Sequence[ViewRow]]:
        """The rows of single languages, and all others: mixtures and references."""
        return (
            [row for row in self.rows if row.is_language],
            [row for row in self.rows if not row.is_language],
        )

    @property
    def has_row_margins(self) -> bool:
        """Whether rows have a mean over the other languages."""
        return any(row.margin for row in self.rows)

    @property
    def has_column_margins(self) -> bool:
        """Whether columns have a mean over the other languages."""
        return any(column.margin for column in self.columns)

    @property
    def has_gaps(self) -> bool:
        """Whether a cell is missing or incomplete."""
        return any(
            value is None or value.is_incomplete for row in self.rows for value in row.values
        )

    def shade(self, value: Value | None) -> str:
        """Return the CSS class of a value's colour; empty without a value."""
        number = self.shade_number(value)
        return "" if number is None else shade_class(number)

    def shade_number(self, value: Value | None) -> int | None:
        """Return the shade of a value, from -NUM_SHADES to NUM_SHADES; None without a value."""
        if value is None or value.value is None or value.is_plain:
            return None
        number = round(NUM_SHADES * value.value / self.limit)
        return max(-NUM_SHADES, min(NUM_SHADES, number))

    def text(self, value: Value | None) -> str:
        """Return the estimate as text."""
        return "–" if value is None else self._format(value.value, value)

    def interval(self, value: Value | None) -> str:
        """Return the interval as text; empty if there is none."""
        if value is None or value.low is None or value.high is None:
            return ""
        low, high = self._format(value.low, value), self._format(value.high, value)
        return f"{low} to {high}" if self.is_signed else f"{low}–{high}"

    def label(self, row: MatrixRow, column: MatrixColumn, value: Value | None) -> str:
        """Describe a cell in words, for those who cannot see the table."""
        place = f"{row.label} tested on {column.flat_label}"
        if value is None or value.value is None:
            return f"{place}: no value"
        text = f"{place}: {self.text(value)} {self.unit}"
        if interval := self.interval(value):
            text += f", interval {interval}"
        return text + (", significant" if value.is_significant else "")

    @property
    def scale(self) -> Sequence[str]:
        """The classes of the colours from the lowest value to the highest."""
        first = -NUM_SHADES if self.is_signed else 0
        return [shade_class(number) for number in range(first, NUM_SHADES + 1)]

    @property
    def scale_ends(self) -> tuple[str, str]:
        """Labels of the lowest and the highest colour."""
        low = -self.limit if self.is_signed else 0.0
        ends = self._format(low, _NO_VALUE), self._format(self.limit, _NO_VALUE)
        return ends[0], f"{ends[1]} {self.unit}"

    def _format(self, number: float | None, value: Value) -> str:
        if self.unit is not Unit.NATS:
            return format_percent(number, value.problems, is_signed=self.is_signed)
        if number is None:
            return "–"
        text = f"{number:{'' if value.is_plain else '+'}.2f}"
        return "0.00" if float(text) == 0 else text.replace("-", "−")


_NO_VALUE = Value(value=None)
