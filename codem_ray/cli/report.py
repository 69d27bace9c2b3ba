"""Build matrix, figures and page again from a sweep's storage, without training anything."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from codem_ray.cli.options import add_folder, add_json, add_stored_limit, limit_suffix
from codem_ray.cli.output import print_json
from codem_ray.errors import ExitCode

if TYPE_CHECKING:
    from codem_ray.report import SweepReport

EXAMPLES = """\
examples:
  codem-ray report runs/quickstart
  codem-ray report runs/quickstart --json | jq '.cells[] | select(.target=="java")'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    add_stored_limit(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the report and print the matrix; exit 4 when a cell is missing or incomplete."""
    from codem_ray.storage import Storage
    from codem_ray.sweep.sweep_report import build_sweep_report

    report = build_sweep_report(Storage(args.folder), limit_suffix(args.limit))
    if args.json:
        print_json(report_json(report))
    else:
        print(report_text(report), end="")
    return ExitCode.COMPLETE if report.is_complete else ExitCode.INCOMPLETE


def report_json(report: SweepReport) -> dict[str, object]:
    """Return a report as plain data."""
    return {
        "cells": [asdict(cell) for cell in report.cells],
        "missing": [key._asdict() for key in report.missing],
        "warnings": list(report.warnings),
        "headline": report.headline,
        "transfer": list(report.transfer),
    }


def report_text(report: SweepReport) -> str:
    """Return a report as text: the matrix, the gains, and what they mean."""
    from codem_ray.report import text_gains, text_matrix

    parts = [
        "pass@1 in percent (rows: tuned on; columns: tested on)\n",
        text_matrix(report.cells),
        "\ngain over base in points\n",
        text_gains(report.cells),
        f"\n{report.headline}\n",
        *(f"{note}\n" for note in report.transfer),
        *(f"warning: {warning}\n" for warning in report.warnings),
        f"\nreport  {report.page}\n",
    ]
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts)
