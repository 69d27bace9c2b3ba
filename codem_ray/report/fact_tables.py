"""Tables of facts: rows of named values, shown as a reader expects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of text under a heading."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    """Whether each column is aligned as numbers."""
    note: str = ""


def fact_table(heading: str, rows: Sequence[Mapping[str, object]]) -> FactTable:
    """Lay out rows of facts; the columns are their keys in the order of first appearance."""
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    return FactTable(
        heading,
        tuple(column.replace("_", " ") for column in columns),
        tuple(tuple(format_fact(row.get(column)) for column in columns) for row in rows),
        tuple(any(isinstance(row.get(column), int | float) for row in rows) for column in columns),
    )


def format_fact(value: object) -> str:
    """Format a value: digits in groups of three, yes and no, a dash for nothing."""
    if value is None or value in ("", {}, [], ()):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {format_fact(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(format_fact(item) for item in value)
    return str(value)
