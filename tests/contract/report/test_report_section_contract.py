"""What every report section guarantees, whether built in or installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from html_elements import Elements
from synthetic_results import make_results

from codem_ray.analysis import CellKey
from codem_ray.config import EvaluationConfig
from codem_ray.records import PromptStyle
from codem_ray.report import RenderedSection, ReportData, ReportInputs, ReportSection
from codem_ray.report.sections import report_sections
from codem_ray.sweep.search_results import SettingResult


def make_data(kind: str) -> ReportData:
    """Make the data of a complete, incomplete, limited or bare sweep."""
    results = make_results(
        sources=("base", "c", "go"),
        targets=("c", "go"),
        num_problems=8,
        with_flaws=kind == "incomplete",
    )
    results["is_limited"] = kind == "limited"
    if kind == "bare":
        results = results[results["source"] == "c"]
        return ReportData(
            ReportInputs(
                sweep_name="bare",
                results=results,
                evaluation=EvaluationConfig(benchmarks=("starter-c",)),
            )
        )
    return ReportData(
        ReportInputs(
            sweep_name="<sweep>",
            results=results,
            evaluation=EvaluationConfig(benchmarks=("starter-c", "starter-go")),
            sweep={"name": "<sweep>"},
            plan={"trials": 3},
            expected=[CellKey("prose", 0, "starter-go", PromptStyle.INSTRUCTION)]
            if kind == "incomplete"
            else [],
            data_card={"sweep": "<sweep>", "sources": [{"source": "c", "pairs": 3}]},
            training_facts=[{"trial": "c-0", "tokens": 1234}],
            loss_curves={"c-0": [(1, 2.0), (2, 1.0)]},
            benchmarks=[{"benchmark": "starter-c", "problems": 8}],
            environment={"sandbox": "bubblewrap"},
            search=[
                SettingResult(
                    source="c",
                    setting="<pairs>=60",
                    state="trained",
                    loss=1.5,
                    metric="held-out loss",
                    step=8,
                    steps=8,
                    is_best=True,
                ).as_row()
            ],
        )
    )


def render(section: ReportSection[Any], kind: str) -> RenderedSection | None:
    result = section.compute(make_data(kind))
    return None if result is None else section.render(result)


@pytest.fixture(params=report_sections().values(), ids=report_sections())
def section(request: pytest.FixtureRequest) -> ReportSection[Any]:
    found: ReportSection[Any] = request.param
    return found


@pytest.mark.parametrize("kind", ["complete", "incomplete", "limited", "bare"])
def test_section_renders_well_formed_html_without_external_addresses(
    section: ReportSection[Any], kind: str
) -> None:
    rendered = render(section, kind)
    if rendered is None:
        assert kind == "bare"
        return
    elements = Elements(rendered.html)
    assert elements.open == []
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {
        tag for tag, _ in elements.found
    }
    assert not re.findall(r"(?i)\b(?:https?|ftp|file):|//\w+\.\w", rendered.html)
    assert not re.findall(r"url\((?!#)", rendered.html)
    assert "<sweep>" not in rendered.html


def test_section_is_the_same_for_the_same_results(section: ReportSection[Any]) -> None:
    assert render(section, "incomplete") == render(section, "incomplete")


def test_section_writes_files_with_plain_names(section: ReportSection[Any]) -> None:
    rendered = render(section, "complete")
    assert rendered is not None
    for name, content in rendered.files.items():
        assert name == Path(name).name
        assert content


def test_section_name_is_fit_for_an_anchor(section: ReportSection[Any]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", section.name)
    assert section.title
