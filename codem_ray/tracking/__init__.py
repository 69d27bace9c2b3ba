"""MLflow: runs, curves, models, scores of a sweep."""

from codem_ray.tracking.mlflow_tracker import Tracker
from codem_ray.tracking.presence import holds_runs
from codem_ray.tracking.values import CurvePoint, LogMode, RunEnd, TargetScore, TrialModel

__all__ = [
    "CurvePoint",
    "LogMode",
    "RunEnd",
    "TargetScore",
    "Tracker",
    "TrialModel",
    "holds_runs",
]
