"""Searches on the starter model: each setting has a row or is marked, and a resume adds nothing."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from tiny_sweep import SWEEP

pytestmark = [pytest.mark.ray, pytest.mark.toolchain, pytest.mark.slow]

ONE_WORKER = "resources: {workers: 1}\n"
ASHA = """
search:
  space: {training.learning_rate: {low: 1.0e-5, high: 1.0, log: true}}
  method: optuna
  samples: 4
  scheduler: asha
"""


def run(folder: Path, search: str) -> subprocess.CompletedProcess[str]:
    text = SWEEP.replace("[starter-python, starter-c]", "[starter-python]")
    (folder / "tiny.yaml").write_text(text + ONE_WORKER + search)
    command = [sys.executable, "-m", "codem_ray", "run", "tiny.yaml", "--json"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=900, check=False
    )


def test_every_setting_of_a_grid_has_a_row_in_matrix_and_mlflow(tmp_path: Path) -> None:
    search = "search: {space: {training.learning_rate: [5.0e-4, 5.0e-3], data.pairs: [30]}}\n"
    assert "nothing to compare" in run(tmp_path, search).stderr
    ended = run(tmp_path, search.replace("[30]", "[30, 60]"))
    assert ended.returncode == 0, ended.stderr
    with (tmp_path / "runs/tiny/report/transfer_matrix.csv").open() as stream:
        sources = {row["source"] for row in csv.DictReader(stream)}
    rows = {f"python learning_rate={rate} pairs={n}" for rate in (0.0005, 0.005) for n in (30, 60)}
    assert sources == {"base"} | rows
    report = json.loads(ended.stdout)["report"]
    assert [row["state"] for row in report["search"]] == ["trained"] * 4
    assert sum(row["best"] == "best" for row in report["search"]) == 1
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")
    (experiment,) = client.search_experiments(filter_string="name = 'tiny'")
    runs = client.search_runs([experiment.experiment_id], "params.pairs = '30'")
    assert {run.data.params["training.learning_rate"] for run in runs} == {"0.0005", "0.005"}
    assert {run.info.run_name for run in runs} == {
        f"{name} seed=0" for name in rows if name.endswith("=30")
    }


def test_bad_settings_are_stopped_and_a_resume_does_not_start_them(tmp_path: Path) -> None:
    ended = run(tmp_path, ASHA)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)["report"]
    states = [row["state"] for row in report["search"]]
    assert len(states) == 4
    assert states.count("trained") >= 1
    assert set(states) - {"trained"} <= {"stopped early", "diverged"}
    assert len(set(states)) > 1
    assert report["missing"] == []
    again = run(tmp_path, ASHA)
    assert again.returncode == 0, again.stderr
    assert "have something left to do" not in again.stderr
    assert json.loads(again.stdout)["report"]["search"] == report["search"]
    status = subprocess.run(
        [sys.executable, "-m", "codem_ray", "status", "runs/tiny"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert status.stdout.count("stopped early") >= states.count("stopped early")
