"""The texts of a stored sweep that the report's page shows."""

from __future__ import annotations

import json
from pathlib import Path

from finished_sweep import FinishedSweep

from codem_ray.records import PromptStyle
from codem_ray.report.sample_texts import SampleKey
from codem_ray.storage import Storage
from codem_ray.sweep.report_texts import report_texts
from codem_ray.sweep.stored_plan import read_stored
from codem_ray.sweep.sweep_report import build_sweep_report


def finished(folder: Path) -> Storage:
    return FinishedSweep(str(folder)).write().storage


def test_texts_of_all_models_come_with_prompts_of_both_styles_and_tests(tmp_path: Path) -> None:
    storage = finished(tmp_path)
    stored = read_stored(storage)
    cell = stored.cells[0]
    texts = report_texts(storage, stored, cell.benchmark)
    assert texts.note == ""
    assert {key.trial_id for key in texts.samples} == {t.trial_id for t in stored.plan.trials}
    task_id, problem = next(iter(texts.problems.items()))
    assert set(problem.prompts) == set(PromptStyle)
    assert problem.tests
    sample = texts.samples[SampleKey(cell.trial_id, cell.style, task_id, 0)]
    assert sample.completion.startswith("Here it is:")
    assert sample.answer is not None
    assert sample.answer in sample.completion


def test_a_changed_benchmark_leaves_prompts_out_with_the_reason(tmp_path: Path) -> None:
    storage = finished(tmp_path)
    plan = json.loads(storage.local_path("plan.json").read_text())
    for benchmark in plan["plan"]["benchmarks"]:
        benchmark["digest"] = "another"
    storage.local_path("plan.json").write_text(json.dumps(plan))
    stored = read_stored(storage)
    texts = report_texts(storage, stored, stored.cells[0].benchmark)
    assert texts.problems == {}
    assert texts.samples
    assert "has changed" in texts.note


def test_a_cell_without_verdicts_is_left_out_and_the_report_is_written(tmp_path: Path) -> None:
    storage = finished(tmp_path)
    stored = read_stored(storage)
    cell = stored.cells[0]
    (manifest,) = storage.local_path(cell.execute).glob("manifest.json")
    manifest.unlink()
    texts = report_texts(storage, stored, cell.benchmark)
    assert f"{cell} is missing or incomplete" in texts.note
    assert (cell.trial_id, cell.style) not in {key[:2] for key in texts.samples}
    report = build_sweep_report(storage)
    assert Path(report.page).exists()
    assert not report.is_complete
