"""The sentences at the top of the report."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.records import PromptStyle
from codem_ray.report import ReportData, ReportInputs
from codem_ray.report.findings import findings

TARGETS = ("python", "javascript", "typescript", "c", "cpp")


def data_of(results: pd.DataFrame, **evaluation: object) -> ReportData:
    config = EvaluationConfig.model_validate({"benchmarks": ["starter-c"], **evaluation})
    return ReportData(ReportInputs(sweep_name="words", results=results, evaluation=config))


def test_findings_state_transfer_controls_and_certainty_with_intervals() -> None:
    results = make_results(sources=("base", *TARGETS), targets=TARGETS)
    found = findings(data_of(results, baseline_style="instruction"))
    assert [finding.label for finding in found] == ["Transfer", "Controls", "Certainty"]
    transfer, controls, certainty = (finding.text for finding in found)
    assert transfer.startswith(
        "Models tuned on one of 5 programming languages and tested on another"
    )
    assert transfer.count("significant)") == 3
    assert "Related pairs (C and C++, JavaScript and TypeScript)" in transfer
    assert "No control (prose, shuffled) was run" in controls
    assert "asked by completion it is" in controls
    assert "one seed" in certainty
    assert "8 independent groups of problems per target (variants of one problem" in certainty
    assert "no single cell can be significant" in certainty


def test_the_verdict_of_a_sentence_is_that_of_the_study() -> None:
    results = make_results(sources=("base", *TARGETS), targets=TARGETS, num_problems=60)
    results["group"] = ""
    data = data_of(results, baseline_style="instruction")
    assert data.study is not None
    assert data.study.other is not None
    is_significant = data.study.is_significant(data.study.other)
    assert is_significant
    sentence = findings(data)[0].text
    assert f"{data.study.other.text(data.study.metric)[:-1]}; significant)" in sentence


def test_gains_are_compared_with_the_best_control() -> None:
    sources = ("base", *TARGETS, "prose", "shuffled")
    results = make_results(sources=sources, targets=TARGETS)
    controls = findings(data_of(results, baseline_style="instruction"))[1].text
    assert re.match(
        r"Over the best control \((prose, answers in words|shuffled, answers of other questions)\)",
        controls,
    )
    assert "No control" not in controls


def test_the_certainty_names_what_the_study_cannot_show() -> None:
    results = make_results(sources=("base", *TARGETS), targets=TARGETS)
    assert "cannot show" not in findings(data_of(results, baseline_style="instruction"))[2].text
    results.loc[results["source"] == "base", "outcome"] = "wrong_answer"
    data = data_of(results, baseline_style="instruction")
    inputs = replace(data.inputs, sweep={"data": {"decontaminate": False}})
    text = findings(ReportData(inputs))[2].text
    assert "Base solves at most 0 % of a target's problems" in text
    assert "data.decontaminate is off" in text


def test_without_base_or_transfer_the_finding_says_what_is_absent() -> None:
    def only(*sources: str) -> str:
        (finding,) = findings(data_of(make_results(sources=sources, targets=("c", "go"))))
        return finding.text

    assert "base is not among the models" in only("c", "go")
    assert "no tuned model" in only("base")
    assert "none was tuned on one programming language" in only("base", "mixed")


def test_related_pairs_of_the_sweep_file_replace_those_of_the_languages() -> None:
    results = make_results(sources=("base", *TARGETS), targets=TARGETS)
    pairs = [["python", "c"]]
    data = data_of(results, baseline_style=PromptStyle.INSTRUCTION, related=pairs)
    assert "Related pairs (Python and C) add" in findings(data)[0].text


def test_the_best_setting_of_each_searched_source_is_its_row_in_the_contrasts() -> None:
    plain = make_results(sources=("base", *TARGETS), targets=TARGETS)
    expected = data_of(plain, baseline_style="instruction").study
    other = plain[plain["source"] == "python"].assign(source="python epochs=9", trial_id="other")
    best = plain.assign(source=plain["source"].replace("python", "python epochs=1"))
    rows = pd.concat([best, other])
    assert (found := data_of(rows, baseline_style="instruction").study) is not None
    assert expected is not None
    assert found.own != expected.own
    data = data_of(rows, baseline_style="instruction")
    search = [
        {"source": "python", "setting": f"epochs={n}", "metric": "held-out loss", "best": best}
        for n, best in ((1, "best"), (9, ""))
    ]
    data = replace(data, inputs=replace(data.inputs, search=search))
    assert data.study is not None
    assert (data.study.own is None, data.study.parts) == (False, expected.parts)
    assert (
        "The row of each searched source is that of its best setting, chosen by held-out loss and "
        "not by scores." in findings(data)[2].text
    )
