"""A sweep whose MLflow server is unavailable for two minutes, or from start to end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow_server import MlflowServer, mlflow_server
from tiny_sweep import SWEEP
from waiting import wait_for

pytestmark = [pytest.mark.ray, pytest.mark.toolchain, pytest.mark.slow]

TIMEOUT_SECONDS = 900
CUT_SECONDS = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


def start(folder: Path, server: MlflowServer) -> subprocess.Popen[str]:
    sweep = SWEEP.replace("name: tiny", f"name: {folder.name}")
    (folder / "tiny.yaml").write_text(f"{sweep}tracking: {{uri: '{server.url}'}}\n")
    command = [sys.executable, "-m", "codem_ray", "run", str(folder / "tiny.yaml")]
    with (folder / "stderr.txt").open("a") as stderr:
        return subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=stderr, text=True
        )


def wait_for_stage(folder: Path, *stages: str) -> None:
    def is_reached() -> bool:
        paths = folder.glob("runs/*/trials/python-*/status.json")
        return any(json.loads(path.read_text())["stage"] in stages for path in paths)

    wait_for(is_reached, f"the trial reaches {stages}", seconds=TIMEOUT_SECONDS)


def assert_logged_once(folder: Path, server: MlflowServer) -> None:
    """Every step, model, score and run of the sweep is in MLflow, once."""
    from mlflow import MlflowClient

    client: Any = MlflowClient(server.url)
    experiment = client.get_experiment_by_name(folder.name)
    runs = client.search_runs([experiment.experiment_id])
    kinds = sorted((run.data.tags["codem_ray.kind"], run.info.status) for run in runs)
    assert kinds == [("sweep", "FINISHED"), ("trial", "FINISHED"), ("trial", "FINISHED")]
    trained = next(run for run in runs if run.data.tags.get("train_language") == "python")
    steps = [metric.step for metric in client.get_metric_history(trained.info.run_id, "train/loss")]
    (status,) = folder.glob("runs/*/trials/python-*/status.json")
    assert sorted(steps) == list(range(1, json.loads(status.read_text())["steps"] + 1))
    assert (
        trained.data.metrics["pass_at_1"]
        == (trained.data.metrics["pass_at_1/c"] + trained.data.metrics["pass_at_1/python"]) / 2
    )
    registered = client.search_model_versions(f"name = '{folder.name} (limit 4)'")
    assert [version.tags["trial_id"] for version in registered] == [trained.data.tags["trial_id"]]
    models = client.search_logged_models([experiment.experiment_id])
    assert len(models) == 2
    for model in models:
        scored = sorted(m.dataset_name for m in model.metrics if m.key == "pass_at_1")
        assert scored == ["starter-c (limit 4)", "starter-python (limit 4)"]


@pytest.mark.parametrize("stage", ["train", "generate", "track"])
def test_a_server_that_is_unavailable_for_two_minutes_gets_everything_once(
    stage: str, tmp_path: Path, server: MlflowServer
) -> None:
    """Away from the start of a stage on; what needs MLflow meanwhile waits, the rest goes on."""
    process = start(tmp_path, server)
    wait_for_stage(tmp_path, stage)
    with server.cut_off():
        time.sleep(CUT_SECONDS)
    back_at = time.monotonic()
    process.communicate(timeout=TIMEOUT_SECONDS)
    print(f"away in {stage}: ended {time.monotonic() - back_at:.0f} s after the server was back")
    assert process.returncode == 0, (tmp_path / "stderr.txt").read_text()
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()
    assert_logged_once(tmp_path, server)


def test_a_sweep_without_its_server_is_complete_and_the_next_run_logs_it(
    tmp_path: Path, server: MlflowServer
) -> None:
    server.end()
    started = time.monotonic()
    process = start(tmp_path, server)
    output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    print(f"without a server: {time.monotonic() - started:.0f} s")
    errors = (tmp_path / "stderr.txt").read_text()
    assert process.returncode == 4, errors
    assert "Traceback" not in errors
    failures = [line for line in errors.splitlines() if "FAILED" in line]
    assert len(failures) == 1, errors
    assert f"in MLflow at {server.url}" in failures[0]
    assert "the same command logs what is missing" in failures[0]
    assert "Python" in output
    server.start()
    again = start(tmp_path, server)
    assert again.communicate(timeout=TIMEOUT_SECONDS)[0] == output
    assert again.returncode == 0
    assert_logged_once(tmp_path, server)
