"""The type of a section of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from codem_ray.report.report_data import ReportData

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedSection:
    """A section's HTML and files."""

    html: str
    """Fragment below the section's heading, which loads nothing from other addresses. A section
    with an empty fragment is not shown; its files are written."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Further files in the report's folder, by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSection(Generic[Result]):
    """A part of the report with its own heading."""

    name: str
    """Unique; also the section's anchor on the page."""
    title: str
    order: int
    """Sections are shown in ascending order; the built-in ones are multiples of 100."""
    compute: Callable[[ReportData], Result | None]
    """Compute the section's result; None: the section has nothing to show and is left out."""
    render: Callable[[Result], RenderedSection]
    """Render the result; equal results give equal bytes."""
