"""The matrix and the gains that `codem-ray report` and `codem-ray run` print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic_results import make_results

from codem_ray.analysis import transfer_matrix
from codem_ray.cli.report import report_text
from codem_ray.report import SweepReport

GOLDEN = Path(__file__).parents[2] / "golden" / "report" / "report.txt"


@pytest.fixture(scope="module")
def report() -> SweepReport:
    cells = transfer_matrix(make_results(with_flaws=True))
    return SweepReport(
        cells=tuple(cell for cell in cells if (cell.source, cell.target) != ("java", "c")),
        alpha=0.05,
        missing=(),
        unfinished=(),
        warnings=("one verdict is missing",),
        headline="Tuning helps.",
        transfer=("The mean gain is 1 point.",),
        files=(),
        page="runs/x/report/index.html",
    )


def test_report_as_text_matches_the_golden_file(report: SweepReport) -> None:
    assert report_text(report) == GOLDEN.read_text()


def test_alpha_of_the_sweep_decides_which_gains_are_marked(report: SweepReport) -> None:
    p_values = [cell.p_adjusted for cell in report.cells if cell.p_adjusted is not None]
    text = report_text(replace(report, alpha=max(p_values)))
    assert text.count("!") == len(p_values) + 1
    assert f"! differs from base (adjusted p <= {max(p_values):g})" in text


def test_heading_names_the_lowest_k(report: SweepReport) -> None:
    cells = tuple(replace(cell, k=5) for cell in report.cells)
    text = report_text(replace(report, cells=cells))
    assert text.startswith("pass@5 in percent")
    assert "pass@1" not in text


def test_sweep_of_base_alone_has_no_gains(report: SweepReport) -> None:
    cells = transfer_matrix(make_results(sources=("base",), targets=("c",), num_problems=3))
    text = report_text(replace(report, cells=tuple(cells)))
    assert "gain, points" in text
