"""Write curves and scores as metrics of runs and models, each value once."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from codem_ray.tracking.values import CurvePoint, TargetScore

_PER_BATCH = 1000
"""Most metrics that MLflow accepts in one request."""


def log_curve(client: Any, run_id: str, points: Sequence[CurvePoint]) -> int:
    """Log the steps that the run lacks; return the number of values logged."""
    from mlflow.entities import Metric

    known = client.get_run(run_id).data.metrics
    names = {name for point in points for name in point.metrics}
    logged = {
        name: {metric.step for metric in client.get_metric_history(run_id, name)}
        for name in sorted(names & known.keys())
    }
    new = [
        Metric(name, value, point.timestamp_ms, point.step)
        for point in points
        for name, value in sorted(point.metrics.items())
        if point.step not in logged.get(name, ())
    ]
    _log(client, run_id, new)
    return len(new)


def log_points(client: Any, run_id: str, points: Iterable[CurvePoint]) -> None:
    """Log steps that are not in the run yet; existing ones are not looked up."""
    from mlflow.entities import Metric

    metrics = [
        Metric(name, value, point.timestamp_ms, point.step)
        for point in points
        for name, value in sorted(point.metrics.items())
    ]
    _log(client, run_id, metrics)


def log_model_scores(
    client: Any, model_id: str, run_id: str, rows: Sequence[TargetScore], now_ms: int
) -> tuple[int, int]:
    """Log scores on a model, each linked to its benchmark as a dataset.

    Skip scores that are already logged. A repeated request with the same `now_ms` changes nothing.
    Return the number of new scores, and a time in milliseconds after all scores of this model.
    """
    from mlflow.entities import Metric

    logged = {
        (metric.key, metric.dataset_name, metric.dataset_digest): metric
        for metric in sorted(
            client.get_logged_model(model_id).metrics or [], key=lambda metric: metric.timestamp
        )
    }
    changed = [
        row
        for row in rows
        if not _is_equal(logged.get((row.metric, row.dataset, row.benchmark_digest)), row.value)
    ]
    # MLflow identifies a model's metric by name, time and step, not by dataset, so each score gets
    # a millisecond of its own.
    latest = max((metric.timestamp for metric in logged.values()), default=0)
    start = max(now_ms, latest + 1)
    _log(
        client,
        run_id,
        [
            Metric(
                row.metric,
                row.value,
                start + number,
                0,
                model_id=model_id,
                dataset_name=row.dataset,
                dataset_digest=row.benchmark_digest,
                run_id=run_id,
            )
            for number, row in enumerate(changed)
        ],
    )
    return len(changed), start + len(changed)


def log_values(client: Any, run: Any, values: Mapping[str, float], now_ms: int) -> int:
    """Log the values that a run does not have yet; return their number.

    `run` is an MLflow run as last read. MLflow shows the newest value of a metric.
    """
    from mlflow.entities import Metric

    present = run.data.metrics
    new = {
        name: value
        for name, value in values.items()
        if name not in present or abs(present[name] - value) > 1e-12
    }
    _log(client, run.info.run_id, [Metric(name, new[name], now_ms, 0) for name in new])
    return len(new)


def run_scores(rows: Sequence[TargetScore]) -> dict[str, float]:
    """Return a run's metrics of its scores: one for each target, and their mean.

    Where a target has several benchmarks, each has a metric of its own, and the target counts with
    their mean.
    """
    by_target: dict[tuple[str, str], list[TargetScore]] = defaultdict(list)
    for row in rows:
        by_target[row.metric, row.target].append(row)
    values: dict[str, float] = {}
    means: dict[str, list[float]] = defaultdict(list)
    for (metric, target), some in by_target.items():
        means[metric].append(math.fsum(row.value for row in some) / len(some))
        for row in some:
            values[metric_name(metric, target, row.benchmark if len(some) > 1 else "")] = row.value
    return values | {name: math.fsum(each) / len(each) for name, each in means.items()}


def metric_name(metric: str, target: str, benchmark: str = "") -> str:
    """Return `metric/target`, or `metric/target/benchmark`, in characters that MLflow accepts."""
    name = f"{metric}/{target}/{benchmark}" if benchmark else f"{metric}/{target}"
    return re.sub(r"[^\w.:/ -]", "_", name)


def _is_equal(metric: Any, value: float) -> bool:
    return metric is not None and abs(metric.value - value) <= 1e-12


def _log(client: Any, run_id: str, metrics: Sequence[Any]) -> None:
    for start in range(0, len(metrics), _PER_BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + _PER_BATCH])
