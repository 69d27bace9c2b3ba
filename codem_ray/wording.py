"""Wording that messages of several packages share."""

from __future__ import annotations


def plural(number: int, noun: str) -> str:
    """Return "1 problem", "2 problems"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
