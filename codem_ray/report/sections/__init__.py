"""The registry of report sections."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NoReturn

from codem_ray.entry_points import installed, load_entry, require_new
from codem_ray.report.section import ReportSection
from codem_ray.report.sections import (
    contrasts,
    environment,
    search,
    shared_problems,
    training_data,
    training_facts,
)

ENTRY_POINT_GROUP = "codem_ray.report_sections"
"""Another package adds a section by an entry point of this group that names a ReportSection."""

_BUILT_IN = (
    contrasts,
    search,
    shared_problems,
    training_data,
    training_facts,
    environment,
)


@cache
def report_sections() -> Mapping[str, ReportSection[Any]]:
    """Return the built-in and installed sections by name.

    Installed sections are loaded on the first call, not on import: their modules import this
    package.
    """
    known: dict[str, ReportSection[Any]] = {
        module.SECTION.name: module.SECTION for module in _BUILT_IN
    }
    for entry in installed(ENTRY_POINT_GROUP):
        try:
            section = load_entry(entry, ReportSection)
            require_new(section.name, known, entry)
        except Exception as error:
            # A broken package must not lose the report at the end of a long sweep.
            section = _failing_section(entry.name, error)
        known[section.name] = section
    return MappingProxyType(known)


def _failing_section(entry_name: str, error: Exception) -> ReportSection[Any]:
    """Return a section in the last place that raises the error."""

    def fail(_: object) -> NoReturn:
        raise error

    return ReportSection(
        name=f"entry-point-{entry_name}",
        title=entry_name,
        order=1_000_000,
        compute=fail,
        render=fail,
    )
