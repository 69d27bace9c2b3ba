"""The data card of a sweep as tables and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.report.fact_tables import FactTable, fact_table

_SECTIONS = (
    ("corpora", "corpus", "Corpora"),
    ("sources", "source", "Sources"),
    ("languages", "language", "Languages of the kept pairs"),
    (
        "benchmarks",
        "benchmark",
        "Benchmarks, with removed pairs (each counted for its first match)",
    ),
)
"""Key in the card, first column of the table, and heading."""


def card_tables(card: Mapping[str, Any]) -> list[FactTable]:
    """Return the tables of a card: settings, corpora, sources, then details."""
    tables = []
    if card.get("settings"):
        rows = [{"setting": name, "value": value} for name, value in card["settings"].items()]
        tables.append(fact_table("Settings", rows))
    for key, first_column, heading in _SECTIONS:
        if card.get(key):
            # A stored card has its keys in alphabetical order.
            rows = [{first_column: row.get(first_column)} | row for row in card[key]]
            tables.append(fact_table(heading, rows))
    if card.get("dropped"):
        rows = [{"reason": reason, "rows": count} for reason, count in card["dropped"].items()]
        tables.append(fact_table("Removed rows, by reason", rows))
    return tables


def card_markdown(card: Mapping[str, Any]) -> str:
    """Return a card as a Markdown page."""
    base = card.get("base_model", {})
    parts = [
        f"# Data card of {card.get('sweep', 'a sweep')}\n",
        (
            f"Base model {base.get('path', '?')} ({base.get('digest', '?')}), "
            f"corpus build {card.get('build', 'none')}.\n"
        ),
    ]
    if card.get("notes"):
        parts.append("".join(f"- {note}\n" for note in card["notes"]))
    parts += [
        f"## {table.heading}\n\n{_markdown_table(table.columns, table.rows)}"
        for table in card_tables(card)
    ]
    return "\n".join(parts)


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "\\n")
