"""Figures, tables and the HTML page of a sweep."""

from codem_ray.report.report_data import ReportData, ReportInputs
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.writer import SweepReport, build_report

__all__ = [
    "RenderedSection",
    "ReportData",
    "ReportInputs",
    "ReportSection",
    "SweepReport",
    "build_report",
]
