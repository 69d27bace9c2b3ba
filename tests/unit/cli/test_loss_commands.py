"""What the commands print of a sweep that measures losses."""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path

import pytest
from planned_sweeps import make_sweep
from synthetic_results import make_row

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode
from codem_ray.records import LossResult
from codem_ray.scoring.stage_files import write_results
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import RESULTS_DIGEST, cells_of, loss_cells_of
from codem_ray.sweep.stored_plan import write_plan

SOURCES = ["base", "python"]
GAINS = {"base": 0.0, "python": 0.5}


def sweep(folder: Path, *, gain: float = 0.0, has_losses: bool = True) -> Path:
    """Write the files of a finished sweep; tuned models are better than base by 0.5 + gain."""
    storage = Storage(str(folder))
    loss = {"evaluation.loss": {"references": True}} if has_losses else {}
    settings = make_sweep(
        **{
            "sources": SOURCES,
            "evaluation.benchmarks": ["starter-c", "starter-go"],
            "evaluation.limit": None,
            **loss,
        }
    )
    plan = plan_offline(settings).plan
    cells = cells_of(settings, plan, {"c": "toolchain-1", "go": "toolchain-1"})
    loss_cells = loss_cells_of(settings, plan)
    write_plan(storage, settings, plan, cells, {}, loss_cells)
    for cell in cells:
        path, target = storage.local_path(cell.results_name), cell.benchmark.target
        source = cell.trial.source
        rows = [make_row(source, target, number, style=cell.style) for number in range(25)]
        write_results(path, rows)
        with cell.execute_stage(storage).writing({}) as writer:
            writer.facts[RESULTS_DIGEST] = file_digest(path)
    for measured in loss_cells:
        path, source = storage.local_path(measured.results_name), measured.trial.source
        numbers = random.Random(0)
        better = GAINS[source] + (gain if source != "base" else 0.0)
        losses = [
            LossResult(
                trial_id=measured.trial.trial_id,
                source=source,
                seed=0,
                target=measured.benchmark.target,
                benchmark=measured.benchmark.name,
                benchmark_digest=measured.benchmark.digest,
                prompt_style=measured.style,
                task_id=str(number),
                group="",
                loss=numbers.gauss(3, 0.5) - better * numbers.uniform(0.8, 1.2),
                tokens=9,
                is_left_out=False,
                is_limited=False,
            )
            for number in range(40)
        ]
        write_results(path, losses, LossResult)
        with measured.stage(storage).writing({}) as writer:
            writer.facts[RESULTS_DIGEST] = file_digest(path)
    return folder


def test_report_prints_and_writes_losses_beside_pass_at_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sweep(tmp_path / "a")
    assert main(["report", str(folder)]) == ExitCode.COMPLETE
    text = capsys.readouterr().out
    assert "loss in nats per target token of reference answers" in text
    assert "gain over base in nats per target token" in text
    assert re.search(r"python +\+0\.(4[89]|5[01])\d!", text.lower())
    assert main(["report", str(folder), "--json"]) == ExitCode.COMPLETE
    cells = json.loads(capsys.readouterr().out)["cells"]
    measured = {
        (cell["source"], cell["benchmark"], cell["prompt_style"]): cell
        for cell in cells
        if cell["metric"] == "loss"
    }
    tuned = measured["python", "loss-starter-go", "instruction"]
    assert tuned["gain"] == pytest.approx(0.5, abs=0.03)
    assert tuned["gain_ci_low"] < tuned["gain"] < tuned["gain_ci_high"]
    assert tuned["k"] is None
    assert measured["base", "loss-starter-go", "instruction"]["gain"] is None
    assert measured["base", "loss-starter-go", "completion"]["gain"] is not None
    with (folder / "report" / "transfer_matrix.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["metric"] for row in rows] == ["pass_at_k"] * 6 + ["loss"] * 6
    assert {row["k"] for row in rows if row["metric"] == "loss"} == {""}


def test_a_missing_loss_cell_makes_the_sweep_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sweep(tmp_path / "a")
    main(["status", str(folder)])
    assert "12 of 12 cells are complete" in capsys.readouterr().out
    (lost,) = folder.glob("results/python-*/loss-starter-go.instruction.*.parquet")
    lost.unlink()
    assert main(["report", str(folder)]) == ExitCode.INCOMPLETE
    assert "loss-starter-go" in capsys.readouterr().out
    main(["status", str(folder)])
    assert "11 of 12 cells are complete" in capsys.readouterr().out


def test_losses_of_two_sweeps_are_compared_with_lower_as_better(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = sweep(tmp_path / "a"), sweep(tmp_path / "b", gain=0.25)
    assert main(["compare", str(a), str(b)]) == ExitCode.COMPLETE
    text = capsys.readouterr().out
    assert "positive is better" in text
    assert main(["compare", str(a), str(b), "--json"]) == ExitCode.COMPLETE
    cells = [c for c in json.loads(capsys.readouterr().out)["cells"] if c["metric"] == "loss"]
    differences = {c["place"]["source"]: c["difference"] for c in cells}
    assert differences == {"base": 0, "python": pytest.approx(0.25, abs=0.02)}
    plain = sweep(tmp_path / "plain", has_losses=False)
    assert main(["compare", str(a), str(plain)]) == ExitCode.INCOMPLETE
    text = capsys.readouterr().out
    assert "not compared: python loss-starter-go (instruction): only A has it" in text


def test_plan_counts_the_answers_to_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sweep.yaml"
    path.write_text(
        "name: measured\nbase_model: {path: starter}\nsources: [base, python]\n"
        "data: {corpora: [{path: starter}], pairs: 40, max_tokens: 256, decontaminate: false}\n"
        "generation: {max_new_tokens: 96}\n"
        "evaluation: {benchmarks: [starter-c], limit: 5, loss: {pairs: 8, references: true}}\n"
    )
    assert main(["plan", str(path)]) == ExitCode.COMPLETE
    text = capsys.readouterr().out
    # Two models on eight pairs and five references, and base on the references once more.
    assert "losses        31 reference answers to score" in text
    assert "loss-starter-c (limited)" in text
    assert "8 pairs of each target language are held out of every source" in text
    assert ", 8 cells" in text
