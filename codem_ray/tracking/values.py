"""Values that a trial passes to the tracker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from codem_ray.prompting.settings import Answering
from codem_ray.sweep.curve_points import FIGURES, SECONDS_PREFIX, SYSTEM_PREFIX
from codem_ray.training.training_spec import HELDOUT_LOSS

CURVES = ("loss", "lr", "tokens_per_second", *FIGURES)
CURVE_PREFIX = "train/"
"""Distinguishes figures of the training, such as its loss, from scores."""
LOSS_CURVE = f"{CURVE_PREFIX}loss"
SOURCE_TAGS = {"mlflow.source.name": "codem-ray", "mlflow.source.type": "JOB"}
"""Program that MLflow shows as the source of a run or model, instead of Ray's worker script."""


class LogMode(StrEnum):
    """How MLflow stores a model."""

    WHOLE = "whole"
    """Weights and tokenizer are copied into MLflow and load back from it."""
    REFERENCE = "reference"
    """MLflow keeps the storage URI only."""


class RunEnd(StrEnum):
    """The final status of a run, by MLflow's names."""

    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"
    """A user or a signal stopped it."""


def limited_name(name: str, limit: int | None) -> str:
    """Return the name, marked with the limit when only the first problems were used."""
    return name if limit is None else f"{name} (limit {limit})"


def limit_tag(limit: int | None) -> str:
    """Return the value of the tag `limit`, which every run has for filters."""
    return "none" if limit is None else str(limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialModel:
    """A model to log: a tuned one or `base`."""

    trial_id: str
    source: str
    seed: int
    sweep: str
    run_id: str
    """The trial's run."""
    uri: str
    """URI of its export, or the hub id of a base model."""
    params: Mapping[str, object] = field(default_factory=dict)
    answering: Answering = field(default_factory=Answering)
    """How the sweep asks it, for a model that MLflow stores whole."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Metrics of one optimizer step."""

    step: int
    metrics: Mapping[str, float]
    timestamp_ms: int
    """Milliseconds since the epoch."""

    @classmethod
    def of(cls, raw: Mapping[str, Any], now_ms: int) -> CurvePoint:
        """Read a point of a trial's curve; `now_ms` is the time of points without one."""
        metrics = {
            f"{CURVE_PREFIX}{name}": float(value)
            for name, value in raw.items()
            if name in CURVES or name.startswith(SECONDS_PREFIX)
        }
        unchanged = (SYSTEM_PREFIX, HELDOUT_LOSS)
        load = {name: float(raw[name]) for name in raw if name.startswith(unchanged)}
        time_ms = int(1000 * raw["time"]) if "time" in raw else now_ms
        return cls(int(raw["step"]), metrics | load, time_ms)


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScore:
    """A model's score on one benchmark."""

    target: str
    benchmark: str
    benchmark_digest: str
    value: float
    """pass@k from 0 to 1, or a loss in nats per token."""
    problems: int
    limit: int | None = None
    """Number of first problems used; None: all."""
    metric: str = "pass_at_1"
    """Metric name; for `base` in the other prompt style it contains that style."""

    @property
    def dataset(self) -> str:
        """Name of the MLflow dataset that the score is linked to."""
        return limited_name(self.benchmark, self.limit)

    def dataset_input(self) -> Any:
        """Return the benchmark as MLflow's entity."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        return DatasetInput(
            dataset=Dataset(
                name=self.dataset,
                digest=self.benchmark_digest,
                source_type="local",
                source=json.dumps({"uri": self.benchmark}),
                profile=json.dumps({"num_rows": self.problems, "target": self.target}),
            ),
            tags=[InputTag("mlflow.data.context", "evaluation")],
        )
