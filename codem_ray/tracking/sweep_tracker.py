"""Log the trials of a sweep to MLflow."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from codem_ray.analysis.losses import LossCell, baseline_style
from codem_ray.analysis.scores import ScoredCell, scored_cells
from codem_ray.benchmarks import load
from codem_ray.config import Sweep
from codem_ray.models.adapters import ADAPTER
from codem_ray.prompting.settings import Answering
from codem_ray.records import LossResult, Metric
from codem_ray.scoring.stage_files import read_results
from codem_ray.storage import Storage, local_folder
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.tracking.completion_tables import completion_table, table_name
from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.retries import RETRY_SECONDS, Retrier
from codem_ray.tracking.sweep_runs import SweepRuns
from codem_ray.tracking.trial_record import TrialFiles
from codem_ray.tracking.values import CurvePoint, LogMode, RunEnd, TargetScore, TrialModel


def tracking_uri(sweep: Sweep) -> str:
    """Return the sweep file's tracking URI, or that of a sqlite file beside the sweep's folder."""
    if sweep.tracking.uri is not None:
        return sweep.tracking.uri
    if "://" in sweep.storage.path:
        # SQLite cannot write to object storage.
        return f"sqlite:///{Path('runs/mlflow.db').resolve()}"
    return f"sqlite:///{(Path(sweep.storage.path).expanduser() / 'mlflow.db').resolve()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedTrial:
    """What a trial has when its stages are done."""

    trial: TrialPlan
    model: str
    """Folder or URI of its export; folder or hub id of a model that is not trained here."""
    training: Mapping[str, Any]
    """Facts of its export; empty if it is not trained here."""
    files: TrialFiles


class SweepTracker:
    """Logs finished trials. Operations are repeated while the server does not answer."""

    def __init__(self, runs: SweepRuns, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._runs, self._sweep = runs, runs.sweep
        self._tracker = runs.tracker
        self._retrier = Retrier(retry_seconds)
        self._limit = runs.sweep.evaluation.limit
        # Each trial asks for the same benchmarks.
        self._load = cache(partial(load, limit=self._limit))

    def begin(self) -> None:
        """Open or find the sweep's run and set it to RUNNING."""
        self._retrier.call(lambda: self._tracker.reopen_run(self._runs.parent()))

    def track(self, finished: FinishedTrial) -> Mapping[str, Any]:
        """Log one trial: curve, model, scores and completions; idempotent."""
        # One time for all tries: a request that was given up, but arrives, then changes nothing.
        now_ms = int(1000 * time.time())
        return self._retrier.call(lambda: self._track_once(finished, now_ms))

    def _track_once(self, finished: FinishedTrial, now_ms: int) -> Mapping[str, Any]:
        run_id = self._runs.trial(finished.trial)
        try:
            facts = self._track(run_id, finished, now_ms)
        except ServerUnavailableError:
            # The server could not record the run's end either.
            raise
        except BaseException:
            self._tracker.finish_run(run_id, RunEnd.FAILED)
            raise
        self._tracker.finish_run(run_id)
        return {"run_id": run_id, **facts}

    def _track(self, run_id: str, finished: FinishedTrial, now_ms: int) -> dict[str, Any]:
        trial, training = finished.trial, finished.training
        curve = [CurvePoint.of(point, now_ms) for point in training.get("curve", ())]
        self._tracker.log_training_curve(run_id, curve)
        if "steps" in training:
            self._tracker.log_params(run_id, {"steps": training["steps"]})
        model_id = self._log_model(run_id, finished)
        files = finished.files
        cells = scored_cells(read_results(files.results))
        scores = [self._score(trial, cell) for cell in cells if not cell.is_incomplete]
        incomplete = [f"{c.benchmark} ({c.prompt_style})" for c in cells if c.is_incomplete]
        measured = LossCell.gather(read_results(files.losses, LossResult))
        # A cell whose answers are all longer than the model's context has no loss.
        scores += [self._loss(cell) for cell in measured if cell.losses]
        # An incomplete cell has no score yet: the missing problems would change it.
        self._tracker.log_scores(run_id, model_id, scores, now_ms)
        self._tracker.log_tables(
            run_id,
            {
                table_name(cell.label): completion_table(
                    path, self._load(cell.benchmark.origin), cell.style
                )
                for cell, path in files.verdicts.items()
            },
        )
        self._tracker.mark_incomplete(run_id, incomplete)
        return {"model_id": model_id, "scores": len(scores), "incomplete": incomplete}

    def _log_model(self, run_id: str, finished: FinishedTrial) -> str | None:
        """Return the id of the trial's LoggedModel; None if the sweep file wants none."""
        if self._sweep.tracking.log_models == "none":
            return None
        trial, model = finished.trial, finished.model
        mode, folder = self._mode(trial, model), None
        if mode is LogMode.WHOLE:
            folder = local_folder(model)
        generation, data = self._sweep.generation, self._sweep.data
        return self._tracker.log_model(
            TrialModel(
                trial_id=trial.trial_id,
                source=trial.pairs_source,
                seed=trial.seed,
                sweep=self._sweep.name,
                run_id=run_id,
                uri=Path(model).as_uri() if Path(model).is_dir() else model,
                params=self._runs.params(trial),
                answering=Answering(
                    template=data.template,
                    chat_date=data.chat_date.isoformat(),
                    max_new_tokens=generation.max_new_tokens,
                    temperature=generation.temperature,
                    top_p=generation.top_p,
                ),
            ),
            mode=mode,
            folder=folder,
        )

    def _mode(self, trial: TrialPlan, model: str) -> LogMode:
        choice = self._sweep.tracking.log_models
        has_files = "://" in model or Path(model).is_dir()
        if not has_files or choice == "reference":
            return LogMode.REFERENCE
        if choice == "whole":
            return LogMode.WHOLE
        if trial.kind is TrialKind.UNTUNED:
            # The base model exists elsewhere already; a second copy is useless.
            return LogMode.REFERENCE
        files = Storage(model).files("")
        size: float = sum(files.values())
        if ADAPTER in files:
            # A whole model holds its base model, too.
            size += _weight_bytes(trial.model)
        is_small = size < self._sweep.tracking.whole_model_bytes
        return LogMode.WHOLE if is_small else LogMode.REFERENCE

    def _loss(self, cell: LossCell) -> TargetScore:
        """Return the mean loss of a cell; it is the headline one with the tuning template."""
        losses = cell.scores()
        facts = next(facts for facts in self._runs.plan.losses if facts.name == cell.benchmark)
        is_headline = cell.prompt_style is baseline_style(Metric.LOSS, cell.prompt_style)
        return TargetScore(
            target=cell.target,
            benchmark=cell.benchmark,
            benchmark_digest=cell.benchmark_digest,
            value=sum(losses.values()) / len(losses),
            problems=len(losses),
            limit=facts.answers if facts.is_limited else None,
            metric="loss" if is_headline else f"loss_{cell.prompt_style}",
        )

    def _score(self, trial: TrialPlan, cell: ScoredCell) -> TargetScore:
        style = cell.prompt_style
        is_headline = len(trial.styles) == 1 or style is self._sweep.evaluation.baseline_style
        by_problem = cell.scores(1)
        return TargetScore(
            target=cell.target,
            benchmark=cell.benchmark,
            benchmark_digest=cell.benchmark_digest,
            value=sum(by_problem.values()) / len(by_problem),
            problems=len(by_problem),
            limit=self._limit,
            metric="pass_at_1" if is_headline else f"pass_at_1_{style}",
        )


def _weight_bytes(model: str) -> float:
    """Return the size of a local model's weights; infinity for a hub id."""
    folder = Path(model)
    if not folder.is_dir():
        return math.inf
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))
