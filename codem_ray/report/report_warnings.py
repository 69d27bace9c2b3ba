"""Warnings of the report: why the matrix is incomplete or not comparable."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.records import Outcome
from codem_ray.report.matrix_layout import display_name
from codem_ray.report.report_data import ReportData
from codem_ray.wording import plural

_MAX_NAMES = 8
"""A warning names this many cells and counts the rest."""


def warnings_of(data: ReportData) -> list[str]:
    """Describe why the matrix is incomplete or not comparable, most serious first."""
    warnings: list[str] = []
    if data.missing:
        names = [
            f"{display_name(key.source)} × {key.benchmark} (seed {key.seed})"
            for key in data.missing
        ]
        warnings.append(f"{_count_are(len(names), 'cell')} missing: {first_names(names)}.")
    incomplete = dict.fromkeys(
        f"{display_name(cell.source)} × {cell.benchmark}"
        for cell in data.cells
        if cell.incomplete and cell.seed != "all"
    )
    if incomplete:
        warnings.append(
            f"{_count_are(len(incomplete), 'cell')} incomplete because some verdicts are missing; "
            f"run the same command again to get them: {first_names(list(incomplete))}."
        )
    if data.is_limited:
        warnings.append(
            "Limited: only the first problems of each benchmark were used (--limit). "
            "These scores are not comparable with those of whole benchmarks."
        )
    num_not_run = sum(counter[Outcome.NOT_RUN] for counter in data.outcome_counts.values())
    if num_not_run:
        warnings.append(
            f"{_count_are(num_not_run, 'answer')} not run, because a tool that the problem needs "
            "is missing on this machine; they are in no denominator."
        )
    return warnings


def _count_are(number: int, noun: str) -> str:
    return f"{plural(number, noun)} {'is' if number == 1 else 'are'}"


def first_names(names: Sequence[str]) -> str:
    """Join the first names and count the rest."""
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
