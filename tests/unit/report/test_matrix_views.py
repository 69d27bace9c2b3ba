"""The views of the matrix: order of rows, colours, dots, margins."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.languages import LANGUAGES
from codem_ray.report import ReportData, ReportInputs
from codem_ray.report.matrix_views import MatrixView, Value
from codem_ray.report.row_order import mutual_order
from codem_ray.report.views import make_views

TARGETS = ("python", "c", "cpp", "java")
SOURCES = ("base", "prose", "mixed", *TARGETS)


def data_of(results: pd.DataFrame) -> ReportData:
    evaluation = EvaluationConfig.model_validate(
        {"benchmarks": ["starter-c"], "baseline_style": "instruction"}
    )
    return ReportData(ReportInputs(sweep_name="views", results=results, evaluation=evaluation))


@pytest.fixture(scope="module")
def data() -> ReportData:
    results = make_results(sources=SOURCES, targets=TARGETS, num_problems=60)
    results["group"] = ""
    return data_of(results)


@pytest.fixture(scope="module")
def views(data: ReportData) -> dict[str, MatrixView]:
    return {view.name: view for view in make_views(data)}


def test_views_are_those_for_which_there_are_values(views: dict[str, MatrixView]) -> None:
    assert list(views) == ["gain", "score", "control", "residual"]
    results = make_results(sources=("c", "go"), targets=("c", "go"))
    assert [view.name for view in make_views(data_of(results))] == ["score"]


def test_a_dot_means_a_holm_adjusted_p_value_of_at_most_alpha(
    data: ReportData, views: dict[str, MatrixView]
) -> None:
    dots = {
        (row.row.source, row.row.prompt_style, shown.column.benchmark): value.is_significant
        for row in views["gain"].rows
        for shown, value in zip(views["gain"].columns, row.values, strict=True)
        if value is not None
    }
    expected = {
        key: cell.p_adjusted is not None and cell.p_adjusted <= data.evaluation.alpha
        for key, cell in data.matrix.cells.items()
    }
    assert dots == {key: expected[key] for key in dots}
    assert {True, False} <= set(dots.values())
    assert data.study is not None
    for name, kind in (("control", "over_control"), ("residual", "pair")):
        wanted = {
            (part.source, part.benchmark): data.study.is_significant(estimate)
            for part in data.study.parts
            if (estimate := getattr(part, kind)) is not None
        }
        found = {
            (row.row.source, shown.column.benchmark): value.is_significant
            for row in views[name].rows
            for shown, value in zip(views[name].columns, row.values, strict=True)
            if value is not None and value.value is not None
        }
        assert found == wanted


def test_mixtures_base_and_controls_are_rows_below_the_languages(
    views: dict[str, MatrixView],
) -> None:
    languages, others = views["score"].row_groups
    assert {row.row.source for row in languages} <= set(LANGUAGES)
    assert [row.row.source for row in others] == ["mixed", "base", "base", "prose"]
    assert [row.is_reference for row in others] == [False, True, True, True]


def test_rows_and_columns_have_the_same_order_of_languages(views: dict[str, MatrixView]) -> None:
    main, _ = views["gain"].row_groups
    rows = [row.row.source for row in main if row.row.source in LANGUAGES]
    assert rows == [shown.column.target for shown in views["gain"].columns]


def test_margins_are_the_donors_and_recipients_of_the_study(
    data: ReportData, views: dict[str, MatrixView]
) -> None:
    assert data.study is not None
    donors = {row.row.source: row.margin.value for row in views["gain"].rows if row.margin}
    assert donors == {margin.name: margin.effect.value for margin in data.study.donors}
    recipients = {c.column.target: c.margin.value for c in views["gain"].columns if c.margin}
    assert recipients == {margin.name: margin.effect.value for margin in data.study.recipients}


def test_colours_follow_the_estimate_and_not_its_significance(
    views: dict[str, MatrixView],
) -> None:
    view = views["gain"]
    value = Value(value=view.limit / 2, problems=60)
    assert view.shade(value) == view.shade(replace(value, is_significant=True)) == "v5"
    assert view.shade(replace(value, value=-view.limit)) == "vn10"
    assert view.shade(replace(value, value=9.0)) == "v10"
    assert view.shade(Value(value=None)) == view.shade(None) == ""


def test_languages_that_help_each_other_are_neighbours() -> None:
    names = ["python", "c", "java", "cpp", "go", "typescript"]
    friends = [{"c", "cpp"}, {"java", "python"}, {"go", "typescript"}]
    gains = {
        (a, b): 0.1 * names.index(a) + 0.05 * names.index(b) + (0.3 if {a, b} in friends else 0)
        for a in names
        for b in names
    }
    order = mutual_order(names, gains)
    assert sorted(order) == sorted(names)
    assert [{order[at], order[at + 1]} in friends for at in (0, 2, 4)] == [True] * 3
    assert mutual_order(names, {}) == names
