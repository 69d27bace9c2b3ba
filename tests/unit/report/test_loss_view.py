"""Losses in the report: rows of the matrix file, a view, findings."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.records import LossResult, PromptStyle
from codem_ray.report import ReportData, ReportInputs, build_report
from codem_ray.report.findings import findings
from codem_ray.report.views import make_views

TARGETS = ("python", "c", "java")


def losses() -> pd.DataFrame:
    """Make losses of 20 answers a target: tuned models are better, most on their own language."""
    rows = []
    for source in ("base", *TARGETS):
        for target in TARGETS:
            for number in range(20):
                gain = 0.0 if source == "base" else 0.5 if source == target else 0.2
                rows.append(
                    LossResult(
                        trial_id=f"{source}-0",
                        source=source,
                        seed=0,
                        target=target,
                        benchmark=f"loss-{target}",
                        benchmark_digest="d",
                        prompt_style=PromptStyle.INSTRUCTION,
                        task_id=f"{target}/{number}",
                        group="",
                        loss=1.5 + 0.01 * number - gain * (1 + 0.02 * (number % 3)),
                        tokens=30,
                        is_left_out=False,
                        is_limited=False,
                    )
                )
    return pd.DataFrame([asdict(row) for row in rows])


def inputs() -> ReportInputs:
    return ReportInputs(
        sweep_name="losses",
        results=make_results(sources=("base", *TARGETS), targets=TARGETS, num_problems=5),
        losses=losses(),
        evaluation=EvaluationConfig(benchmarks=("starter-c",)),
    )


def test_the_view_of_losses_shows_gains_in_nats_above_the_loss_of_base() -> None:
    (view,) = (view for view in make_views(ReportData(inputs())) if view.name == "loss")
    main, (base,) = view.row_groups
    rows = {row.row.source: [view.text(value) for value in row.values] for row in main}
    assert rows["c"][[shown.column.target for shown in view.columns].index("c")] == "+0.51"
    assert set(rows["c"]) == {"+0.51", "+0.20"}
    assert {view.text(value) for value in base.values} == {"1.60"}
    # A loss of 1.6 nats is on another scale than a gain of 0.5, so it has no colour.
    assert {view.shade(value) for value in base.values} == {""}
    assert view.limit == pytest.approx(0.55)
    assert not view.has_cell_view


def test_losses_are_rows_of_the_matrix_file_and_a_finding(tmp_path: Path) -> None:
    build_report(inputs(), tmp_path)
    cells = pd.read_csv(tmp_path / "transfer_matrix.csv")
    assert list(cells["metric"].unique()) == ["pass_at_k", "loss"]
    assert (cells["metric"] == "loss").sum() == 12
    finding = findings(ReportData(inputs()))[-1]
    assert finding.label == "Loss on reference answers"
    assert "nats per token" in finding.text


def test_a_sweep_of_losses_alone_has_findings_and_one_view(tmp_path: Path) -> None:
    only = replace(inputs(), results=inputs().results.iloc[:0])
    report = build_report(only, tmp_path)
    assert report.headline.startswith("Models tuned on one of 3 programming languages")
    assert "one seed" in report.headline
    assert [view.name for view in make_views(ReportData(only))] == ["loss"]
