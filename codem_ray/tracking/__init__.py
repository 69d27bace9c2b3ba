"""All MLflow code: runs, curves, models and scores of a sweep."""

from codem_ray.tracking.presence import holds_runs
from codem_ray.tracking.tracker import Tracker
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
