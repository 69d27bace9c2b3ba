"""A small sweep on Ray, DeepSpeed, the sandbox and MLflow, run twice and killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_sweep import SWEEP
from waiting import wait_for

from codem_ray.benchmarks import load
from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.records import Completion, PromptStyle
from codem_ray.scoring.stage_files import read_rows

pytestmark = [pytest.mark.ray, pytest.mark.toolchain]

TIMEOUT_SECONDS = 540


def write_sweep(folder: Path) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(SWEEP)
    return path


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "codem_ray", "run", str(write_sweep(folder))]
    with (folder / "stderr.txt").open("a") as stderr:
        return subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=stderr, text=True
        )


def run(folder: Path) -> str:
    process = start(folder)
    stdout, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0, (folder / "stderr.txt").read_text()
    return stdout


def matrix(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs/tiny/report/transfer_matrix.csv").open() as stream:
        return list(csv.DictReader(stream))


def stored_completions(folder: Path) -> list[Completion]:
    pattern = "runs/tiny/trials/python-*/generate/starter-python.*/completions.jsonl.gz"
    return read_rows(next(folder.glob(pattern)), Completion)


def completions_of_logged_model(uri: str, tracking_uri: str, folder: Path) -> list[str]:
    """Load a model back through MLflow and let it write what the trial's model wrote."""
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    parts = mlflow.transformers.load_model(uri, return_type="components")
    loaded = folder / "loaded"
    parts["model"].save_pretrained(loaded)
    parts["tokenizer"].save_pretrained(loaded)
    engine = load_engine(ModelSpec(path=str(loaded), num_threads=1), "transformers")
    config = GenerationConfig(max_new_tokens=96, batch_size=16)
    problems = load("starter-python", limit=4)
    written = generate(engine, problems, PromptStyle.INSTRUCTION, "short", config)
    return [completion.text for completion in written]


def wait_for_stage(folder: Path, stage: str, *, steps: int = 0) -> None:
    def is_reached() -> bool:
        paths = folder.glob("runs/tiny/trials/python-*/status.json")
        statuses = [json.loads(path.read_text()) for path in paths]
        return any(s["stage"] == stage and s["step"] >= steps for s in statuses)

    wait_for(is_reached, f"the trial reaches the stage {stage}", seconds=TIMEOUT_SECONDS)


def test_a_sweep_ends_in_a_matrix_and_a_second_run_does_nothing(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert "warning" not in (tmp_path / "stderr.txt").read_text().lower()
    rows = matrix(tmp_path)
    assert {(r["source"], r["target"], r["prompt_style"]) for r in rows} == {
        ("base", "python", "completion"),
        ("base", "c", "completion"),
        ("base", "python", "instruction"),
        ("base", "c", "instruction"),
        ("python", "python", "instruction"),
        ("python", "c", "instruction"),
    }
    assert all(r["incomplete"] == "false" and r["problems"] == "4" for r in rows)
    assert (tmp_path / "runs/tiny/report/index.html").stat().st_size > 10_000
    exports = list(tmp_path.glob("runs/tiny/trials/python-*/export/model.safetensors"))
    assert len(exports) == 1
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/tiny/trials/*/*/*/*")}

    started = time.monotonic()
    second = run(tmp_path)
    assert time.monotonic() - started < 60
    assert second == first
    assert "starting Ray" not in (tmp_path / "stderr.txt").read_text().split("done in")[1]
    assert written == {path: path.stat().st_mtime_ns for path in written}

    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("tiny")
    runs = client.search_runs([experiment.experiment_id])
    kinds = sorted((run.data.tags["codem_ray.kind"], run.info.status) for run in runs)
    assert kinds == [("sweep", "FINISHED"), ("trial", "FINISHED"), ("trial", "FINISHED")]
    parent = next(run for run in runs if run.data.tags["codem_ray.kind"] == "sweep")
    logged = {file.path for file in client.list_artifacts(parent.info.run_id, "report")}
    assert "report/transfer_matrix.csv" in logged
    models = client.search_logged_models([experiment.experiment_id])
    assert len(models) == 2
    for model in models:
        scored = {m.dataset_name for m in model.metrics if m.key == "pass_at_1"}
        assert scored == {"starter-python (limit 4)", "starter-c (limit 4)"}
    tuned = next(model for model in models if model.tags["train_language"] == "python")
    trained = client.get_run(tuned.source_run_id)
    curve = client.get_metric_history(trained.info.run_id, "train/loss")
    assert len({point.timestamp for point in curve}) == len({point.step for point in curve}) > 3
    assert trained.info.start_time < min(point.timestamp for point in curve)
    assert trained.data.metrics["system/system_memory_usage_megabytes"] > 0
    datasets = {
        tag.value: given.dataset.name
        for given in trained.inputs.dataset_inputs
        for tag in given.tags
        if tag.key == "mlflow.data.context"
    }
    assert datasets["training"] == "python pairs"
    assert {"gain/c", "gain_ci_low/c", "pass_at_1_ci_high/c"} <= trained.data.metrics.keys()
    scores = [trained.data.metrics[f"pass_at_1/{target}"] for target in ("python", "c")]
    assert trained.data.metrics["pass_at_1"] == sum(scores) / 2
    best = client.get_model_version_by_alias("tiny (limit 4)", "best-c")
    assert best.source == f"models:/{tuned.model_id}"
    note = client.get_experiment(experiment.experiment_id).tags["mlflow.note.content"]
    assert f"/runs/{trained.info.run_id}/artifacts/completions/starter-c.instruction.json" in note
    link = f"#/experiments/{experiment.experiment_id}/runs?workflowType=machine_learning"
    assert link in (tmp_path / "stderr.txt").read_text()
    assert completions_of_logged_model(tuned.model_uri, client.tracking_uri, tmp_path) == [
        completion.text for completion in stored_completions(tmp_path)
    ]


@pytest.mark.slow
def test_a_run_killed_in_training_and_in_execution_ends_like_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    run(whole)
    for stage, steps in (("train", 3), ("execute", 0)):
        process = start(killed)
        wait_for_stage(killed, stage, steps=steps)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        time.sleep(5)
    run(killed)
    assert matrix(killed) == matrix(whole)
    exports = [
        next(folder.glob("runs/tiny/trials/python-*/export/model.safetensors")).read_bytes()
        for folder in (whole, killed)
    ]
    assert exports[0] == exports[1]
    assert len(list(killed.glob("runs/tiny/trials/*"))) == 2
    assert len(list(killed.glob("runs/tiny/results/*/*.parquet"))) == len(matrix(whole))
