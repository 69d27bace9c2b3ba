"""A real MLflow server that is cut off, or gone, for two minutes while a trial is logged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow_server import MlflowServer, mlflow_server

from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.retries import Retrier
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.values import CurvePoint, LogMode, TargetScore, TrialModel

mlflow = pytest.importorskip("mlflow", reason="the light install has no MLflow")

pytestmark = pytest.mark.slow

SECONDS = 120.0
STEPS = range(1, 41)
TARGETS = ("python", "java")


def log_trial(tracker: Tracker, before: Callable[[str], None]) -> None:
    """Log a trial in parts; `before` is called with the name of each."""
    before("runs")
    parent = tracker.parent_run()
    run = tracker.trial_run("t", parent, train_language="python", seed=0, params={"lr": 1e-4})
    before("curve")
    now = int(time.time() * 1000)
    tracker.log_training_curve(run, [CurvePoint(s, {"loss": 1.0 / s}, now) for s in STEPS])
    before("model")
    model = TrialModel(trial_id="t", source="python", seed=0, sweep="s", run_id=run, uri="s3://x")
    model_id = tracker.log_model(model, mode=LogMode.REFERENCE)
    before("scores")
    scores = [
        TargetScore(target=t, benchmark=f"b-{t}", benchmark_digest="1", value=0.5, problems=4)
        for t in TARGETS
    ]
    tracker.log_scores(run, model_id, scores, now)
    before("end")
    tracker.finish_run(run)
    tracker.finish_run(parent)


def assert_logged_once(server: MlflowServer, experiment_name: str) -> None:
    client: Any = mlflow.MlflowClient(server.url)
    ids = [client.get_experiment_by_name(experiment_name).experiment_id]
    runs = client.search_runs(ids)
    assert sorted(run.data.tags["codem_ray.kind"] for run in runs) == ["sweep", "trial"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    trial = next(run for run in runs if run.data.tags["codem_ray.kind"] == "trial")
    history = client.get_metric_history(trial.info.run_id, "loss")
    assert [metric.step for metric in history] == list(STEPS)
    (model,) = client.search_logged_models(ids)
    assert sorted(metric.dataset_name for metric in model.metrics) == ["b-java", "b-python"]


def test_a_server_that_is_away_before_each_part_gets_every_part_once(tmp_path: Path) -> None:
    with mlflow_server(tmp_path) as server:
        cuts: list[threading.Thread] = []

        def cut(part: str) -> None:
            """Cut the server off for two minutes before the model is logged, once."""
            if part != "model" or cuts:
                return
            is_cut = threading.Event()

            def stay_away() -> None:
                with server.cut_off():
                    is_cut.set()
                    time.sleep(SECONDS)

            cuts.append(threading.Thread(target=stay_away))
            cuts[0].start()
            is_cut.wait()

        started = time.monotonic()
        Retrier().call(lambda: log_trial(Tracker(server.url, "cut"), cut))
        print(f"cut off for {SECONDS:.0f} s: logged after {time.monotonic() - started:.0f} s")
        cuts[0].join()
        assert_logged_once(server, "cut")


def test_a_server_that_ends_and_starts_again_gets_every_part_once(tmp_path: Path) -> None:
    with mlflow_server(tmp_path) as server:
        ended: list[str] = []

        def end(part: str) -> None:
            """End the server before the scores are logged, and start it again two minutes later."""
            if part == "scores" and not ended:
                ended.append(part)
                server.end()
                threading.Timer(SECONDS, server.start).start()

        started = time.monotonic()
        Retrier().call(lambda: log_trial(Tracker(server.url, "ended"), end))
        print(f"gone for {SECONDS:.0f} s: logged after {time.monotonic() - started:.0f} s")
        assert_logged_once(server, "ended")
        server.end()
        retrier = Retrier(5.0)
        for limit in (5.0, 10.0):
            started = time.monotonic()
            with pytest.raises(ServerUnavailableError) as raised:
                retrier.call(lambda: log_trial(Tracker(server.url, "gone"), lambda part: None))
            seconds = time.monotonic() - started
            print(f"given up after {seconds:.0f} s (limit {limit:.0f}): {raised.value}")
        assert "\n" not in str(raised.value)
