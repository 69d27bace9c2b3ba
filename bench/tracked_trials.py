"""Log a thousand trials to MLflow as a sweep does: seconds for each, and for the sweep's end.

    python bench/tracked_trials.py [--trials 1000] [--uri sqlite:////tmp/x/mlflow.db]

Each trial opens its run, shows its curve in ten pieces, and logs a model by reference, scores on
eight benchmarks, and eight tables of 164 completions. The cost must not grow with the number of
trials that are there already. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.values import CurvePoint, LogMode, TargetScore, TrialModel

TARGETS = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")
STEPS, PIECES, PROBLEMS = 100, 10, 164
TABLE = json.dumps({"columns": ["problem", "completion"], "data": [["p", "x" * 700]] * PROBLEMS})


def log_trial(tracker: Tracker, parent: str, number: int) -> None:
    """Log one trial from its start to its end."""
    trial_id, start_ms = f"java-s{number}", 1_800_000_000_000
    params = {f"training.{name}": name for name in "abcdefghijklmnopqrst"}

    def open_run() -> str:
        return tracker.trial_run(
            trial_id, parent, train_language="java", seed=number, params=params
        )

    run_id = open_run()
    tracker.reopen_run(run_id)
    points = [
        CurvePoint(step, {"train/loss": 1 / step, "train/lr": 1e-4}, start_ms + 1000 * step)
        for step in range(1, STEPS + 1)
    ]
    for start in range(0, STEPS, STEPS // PIECES):
        tracker.log_new_points(run_id, points[start : start + STEPS // PIECES])
    run_id = open_run()
    tracker.log_training_curve(run_id, points)
    model = TrialModel(
        trial_id=trial_id,
        source="java",
        seed=number,
        sweep="many",
        run_id=run_id,
        uri="s3://bucket/export",
        params=params,
    )
    model_id = tracker.log_model(model, mode=LogMode.REFERENCE)
    scores = [
        TargetScore(
            target=target,
            benchmark=f"humaneval-{target}",
            benchmark_digest="d",
            value=(number * 7 + place) % 100 / 100,
            problems=PROBLEMS,
        )
        for place, target in enumerate(TARGETS)
    ]
    tracker.log_scores(run_id, model_id, scores, start_ms + 1000 * STEPS)
    tracker.log_tables(run_id, {f"completions/{target}.json": TABLE for target in TARGETS})
    tracker.finish_run(run_id)


def run(num_trials: int, uri: str) -> dict[str, Any]:
    """Log the trials and return the figures."""
    tracker = Tracker(uri, "many")
    parent = tracker.parent_run()
    seconds, cpu = [], []
    for number in range(num_trials):
        started, started_cpu = time.monotonic(), time.process_time()
        log_trial(tracker, parent, number)
        seconds.append(time.monotonic() - started)
        cpu.append(time.process_time() - started_cpu)
    started = time.monotonic()
    runs = tracker.trial_runs(None)
    found = time.monotonic() - started
    gains = {f"gain/{target}": 0.125 for target in TARGETS}
    for each in runs:
        tracker.log_run_values(each, gains, 1_900_000_000_000)
    part = max(1, num_trials // 10)
    return {
        "trials": len(runs),
        "cpu_milliseconds": round(1000 * statistics.median(cpu)),
        "milliseconds_by_tenth": [
            round(1000 * statistics.median(seconds[start : start + part]))
            for start in range(0, num_trials, part)
        ],
        "cpu_last_to_first": round(
            statistics.median(cpu[-part:]) / statistics.median(cpu[1 : 1 + part]), 2
        ),
        "end_find_runs_seconds": round(found, 2),
        "end_gains_seconds": round(time.monotonic() - started - found, 2),
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--uri", help="default: a temporary sqlite database")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(args.trials, args.uri or f"sqlite:///{folder}/mlflow.db")))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
