"""A real MLflow server that is cut off, or gone, for two minutes while a trial is logged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow_server import MlflowServer, mlflow_server

from codem_ray.config import parse_sweep
from codem_ray.sweep.planning import prepare_inputs
from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.live_trials import LiveTrials
from codem_ray.tracking.retries import BRIEF_SECONDS, Retrier
from codem_ray.tracking.sweep_ending import SweepEnding
from codem_ray.tracking.sweep_runs import SweepRuns
from codem_ray.tracking.sweep_tracker import FinishedTrial, SweepTracker
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.trial_record import TrialFiles
from codem_ray.tracking.values import CurvePoint, LogMode, RunEnd, TargetScore, TrialModel

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


def test_a_trial_that_trains_and_ends_while_the_server_is_away_is_shown_whole_and_once(
    tmp_path: Path,
) -> None:
    raw = {
        "name": "live",
        "base_model": {"path": "starter"},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}], "pairs": 40, "max_tokens": 256},
        "evaluation": {"benchmarks": ["starter-c"], "limit": 1, "gate": False},
        "tracking": {"log_models": "reference"},
        "storage": {"path": str(tmp_path / "runs")},
    }
    sweep = parse_sweep(raw, [], "test")
    plan = prepare_inputs(sweep).plan
    (trial,) = plan.trials
    curve: list[dict[str, float]] = []
    with mlflow_server(tmp_path) as server:
        tracker = SweepTracker(SweepRuns(server.url, sweep, plan))
        tracker.begin()
        live = LiveTrials(SweepRuns(server.url, sweep, plan), seconds=1.0)
        live.start(trial.trial_id)

        def train(seconds: float) -> None:
            """Report a step each second."""
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                step = len(curve) + 1
                curve.append({"step": step, "time": time.time(), "loss": 1.0 / step, "lr": 1e-4})
                live.add_points(trial.trial_id, curve[-1:])
                time.sleep(1.0)

        def shown() -> list[Any]:
            client: Any = mlflow.MlflowClient(server.url)
            experiment = client.get_experiment_by_name("live")
            condition = "tags.`codem_ray.kind` = 'trial'"
            (run,) = client.search_runs([experiment.experiment_id], condition)
            history = client.get_metric_history(run.info.run_id, "train/loss")
            return [run.info.status, [(int(m.step), m.timestamp) for m in history]]

        train(20.0)
        status, points = shown()
        print(f"before: {status}, {len(points)} of {len(curve)} steps")
        assert status == "RUNNING"
        assert 5 < len(points) <= len(curve)
        is_cut = threading.Event()

        def stay_away() -> None:
            with server.cut_off():
                is_cut.set()
                time.sleep(SECONDS)

        away = threading.Thread(target=stay_away)
        away.start()
        is_cut.wait()
        train(SECONDS / 2)
        finished = FinishedTrial(
            trial=trial, model=trial.model, training={"curve": curve}, files=TrialFiles()
        )
        started = time.monotonic()
        live.drop(trial.trial_id)
        tracker.track(finished)
        away.join()
        SweepEnding(SweepRuns(server.url, sweep, plan), retry_seconds=BRIEF_SECONDS).finish(
            None, incomplete=(), end=RunEnd.FINISHED
        )
        print(f"away for {SECONDS:.0f} s: logged {time.monotonic() - started:.0f} s after its end")
        status, points = shown()
        assert status == "FINISHED"
        expected = [(int(point["step"]), int(1000 * point["time"])) for point in curve]
        assert sorted(points) == expected
        client: Any = mlflow.MlflowClient(server.url)
        experiment = client.get_experiment_by_name("live")
        runs = client.search_runs([experiment.experiment_id])
        assert sorted(run.data.tags["codem_ray.kind"] for run in runs) == ["sweep", "trial"]
        assert len(client.search_logged_models([experiment.experiment_id])) == 1
