"""A section of the report: what it computes from a sweep, and how it is shown on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from codem_ray.report.report_data import ReportData

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedSection:
    """What a section adds to the report."""

    html: str
    """HTML fragment below the section's heading, which loads nothing from other addresses. Empty:
    the section writes files only and is not shown."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Further files in the report's folder, by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSection(Generic[Result]):
    """A part of the report with a heading of its own."""

    name: str
    """Unique; also the section's anchor on the page."""
    title: str
    order: int
    """Sections are shown in ascending order; the built-in ones are multiples of 100."""
    compute: Callable[[ReportData], Result | None]
    """Compute the section's result; None: the section has nothing to show and is left out."""
    render: Callable[[Result], RenderedSection]
    """Render the result; equal results give equal bytes."""
