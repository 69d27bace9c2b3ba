"""What a trial hands to the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LogMode(StrEnum):
    """How a model is logged."""

    WHOLE = "whole"
    """Weights and tokenizer are copied into MLflow and load back from it."""
    REFERENCE = "reference"
    """MLflow keeps the storage URI only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialModel:
    """The model that a trial tuned, or `base`."""

    trial_id: str
    source: str
    seed: int
    sweep: str
    run_id: str
    """Child run that it belongs to."""
    uri: str
    """Where its export lies in the sweep's storage, or the hub id of a base."""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Metrics of one optimizer step."""

    step: int
    metrics: Mapping[str, float]
    timestamp_ms: int
    """Milliseconds since the epoch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScore:
    """A model's score on one benchmark."""

    target: str
    benchmark: str
    benchmark_digest: str
    value: float
    """Fraction of 1."""
    problems: int
    metric: str = "pass_at_1"
    """Give the style of `base` that is not the baseline a name of its own."""
