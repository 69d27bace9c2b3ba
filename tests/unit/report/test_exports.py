"""Exports of the matrix: CSV, LaTeX, Markdown, BibTeX, SVG."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.report import ReportData, ReportInputs
from codem_ray.report.exports import Export, make_exports
from codem_ray.report.views import make_views

TARGETS = ("python", "c", "cpp")


@pytest.fixture(scope="module")
def exports() -> dict[str, Export]:
    results = make_results(sources=("base", *TARGETS), targets=TARGETS, num_problems=60)
    results["group"] = ""
    data = ReportData(
        ReportInputs(
            sweep_name="50 % of_it",
            results=results,
            evaluation=EvaluationConfig(benchmarks=("starter-c",)),
            sweep={"base_model": {"path": "models/tiny_one"}},
            finished_at=datetime(2026, 11, 30, tzinfo=UTC),
        )
    )
    made = make_exports(
        data, make_views(data), csv="source,target\n", figures={"matrix_gain.svg": "<svg/>"}
    )
    return {export.name: export for export in made}


def test_latex_has_a_table_per_view_with_all_cells_and_marks(exports: dict[str, Export]) -> None:
    text = exports["transfer_matrix.tex"].content
    gain = text[text.index("Gain over base") :].partition("\\end{table}")[0]
    lines = [line for line in gain.splitlines() if line.endswith("\\\\")]
    assert lines[0] == " & Python & C & C++ \\\\"
    assert [line.partition(" &")[0] for line in lines[1:4]] == ["Python", "C", "C++"]
    assert {line.count("&") for line in lines} == {3}
    assert "$^{*}$" in gain
    assert "\\caption{Gain over base, points." in text
    assert text.count("{") == text.count("}")
    assert "−" not in text
    assert "%" not in text.replace("\\%", "").partition("\n")[2]


def test_markdown_tables_have_intervals_and_equal_widths(exports: dict[str, Export]) -> None:
    text = exports["transfer_matrix.md"].content
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == text.count("\n## ")
    for table in tables:
        assert {line.count("|") for line in table} == {5}
    assert " to +" in text


def test_the_citation_names_sweep_model_and_year(exports: dict[str, Export]) -> None:
    text = exports["citation.bib"].content
    assert text.startswith("@misc{codem-ray-50-of-it,")
    assert "{50 \\% of\\_it}" in text
    assert "year = {2026}" in text
    assert "model tiny\\_one" in text
    assert text.count("{") == text.count("}")


def test_exports_are_in_the_page_itself(exports: dict[str, Export]) -> None:
    assert [export.title for export in exports.values()] == [
        "CSV",
        "LaTeX",
        "Markdown",
        "BibTeX",
        "SVG",
    ]
    head, _, content = exports["transfer_matrix.csv"].data_uri.partition(",")
    assert head == "data:text/csv;base64"
    assert base64.b64decode(content) == b"source,target\n"
