"""A sweep on Ray that measures losses, run twice."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.config import GenerationConfig, load_sweep
from codem_ray.generation.answer_scoring import Answers, score_all
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.records import AnswerScore, PromptStyle
from codem_ray.scoring.stage_files import read_rows
from codem_ray.starter.assets import model_path
from codem_ray.sweep.loss_answers import load_answers
from codem_ray.sweep.planning import storage_of
from codem_ray.sweep.stored_plan import read_stored

pytestmark = [pytest.mark.ray, pytest.mark.toolchain]

TIMEOUT_SECONDS = 540
SWEEP = """
name: measured
base_model: {path: starter}
sources: [base]
data: {corpora: [{path: starter}], template: short, max_tokens: 256, decontaminate: false}
generation: {max_new_tokens: 8, batch_size: 4}
evaluation: {benchmarks: [starter-c], limit: 2, gate: false, loss: {pairs: 5, references: true}}
"""


def run(folder: Path) -> None:
    command = [sys.executable, "-m", "codem_ray", "run", str(folder / "measured.yaml")]
    with (folder / "stderr.txt").open("a") as stderr:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=stderr, timeout=TIMEOUT_SECONDS
        )
    assert done.returncode == 0, (folder / "stderr.txt").read_text()


def test_losses_of_a_run_are_those_of_the_engine_and_are_measured_once(tmp_path: Path) -> None:
    (tmp_path / "measured.yaml").write_text(SWEEP)
    run(tmp_path)
    with (tmp_path / "runs/measured/report/transfer_matrix.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["metric"] == "loss"]
    assert [(row["benchmark"], row["prompt_style"], row["problems"]) for row in rows] == [
        ("loss-c", "instruction", "5"),
        ("loss-starter-c", "completion", "2"),
        ("loss-starter-c", "instruction", "2"),
    ]
    assert all(0 < float(row["value"]) < 10 for row in rows)
    engine = load_engine(ModelSpec(path=str(model_path()), num_threads=1), "transformers")
    storage = storage_of(
        load_sweep(str(tmp_path / "measured.yaml"), [f"storage.path={tmp_path}/runs"])
    )
    pairs, *_ = read_stored(storage).plan.losses
    answers = load_answers(storage, pairs)
    config = GenerationConfig(batch_size=1)
    group = Answers(answers, PromptStyle.INSTRUCTION)
    [(_, expected)] = score_all(engine, [group], "short", config)
    [path] = tmp_path.glob("runs/measured/trials/base-*/loss/loss-c.instruction.*/scores.jsonl.gz")
    for score, other in zip(read_rows(path, AnswerScore), expected, strict=True):
        assert score.task_id == other.task_id
        assert score.log_likelihoods == pytest.approx(other.log_likelihoods, abs=1e-4)
    [status] = tmp_path.glob("runs/measured/trials/base-*/status.json")
    assert json.loads(status.read_text())["state"] == "done"

    changed = path.stat().st_mtime_ns
    run(tmp_path)
    assert path.stat().st_mtime_ns == changed
    assert "starting Ray" not in (tmp_path / "stderr.txt").read_text().split("done in")[1]
