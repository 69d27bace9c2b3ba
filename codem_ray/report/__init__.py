"""Figures, tables and the HTML page of a sweep."""

from codem_ray.report.terminal_matrix import text_gains, text_matrix
from codem_ray.report.writer import ReportInputs, SweepReport, build_report

__all__ = ["ReportInputs", "SweepReport", "build_report", "text_gains", "text_matrix"]
