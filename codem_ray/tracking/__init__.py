"""MLflow: runs, curves, models, scores of a sweep."""

from codem_ray.tracking.mlflow_tracker import Tracker
from codem_ray.tracking.values import CurvePoint, LogMode, TargetScore, TrialModel

__all__ = ["CurvePoint", "LogMode", "TargetScore", "Tracker", "TrialModel"]
