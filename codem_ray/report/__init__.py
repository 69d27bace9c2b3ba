"""Figures, tables and the HTML page of a sweep."""

from codem_ray.report.build import Report, ReportInputs, build_report
from codem_ray.report.tables import text_gains, text_matrix

__all__ = ["Report", "ReportInputs", "build_report", "text_gains", "text_matrix"]
