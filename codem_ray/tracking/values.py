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


class RunEnd(StrEnum):
    """How a run ended, in MLflow's words."""

    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"
    """Somebody stopped it."""


def limited_name(name: str, limit: int | None) -> str:
    """Return a name that says when only the first problems of each benchmark were asked."""
    return name if limit is None else f"{name} (limit {limit})"


def limit_tag(limit: int | None) -> str:
    """Return the value of the tag `limit`, which every run has, so that one can filter by it."""
    return "none" if limit is None else str(limit)


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
    limit: int | None = None
    """First problems of the benchmark that were asked; None: all."""
    metric: str = "pass_at_1"
    """Give the style of `base` that is not the baseline a name of its own."""

    @property
    def dataset(self) -> str:
        """Name of the dataset that the score is linked to."""
        return limited_name(self.benchmark, self.limit)
