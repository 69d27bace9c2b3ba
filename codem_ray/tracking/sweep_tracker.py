"""Log the trials of a sweep to MLflow."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codem_ray.analysis.losses import LossCell, baseline_style
from codem_ray.analysis.scores import ScoredCell, scored_cells
from codem_ray.config import Sweep
from codem_ray.prompting.settings import Answering
from codem_ray.records import LossResult, Metric
from codem_ray.scoring.stage_files import read_results
from codem_ray.storage import Storage, local_folder
from codem_ray.sweep.sweep_plan import SweepPlan, TrialKind, TrialPlan
from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.retries import RETRY_SECONDS, Retrier
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.values import CurvePoint, LogMode, RunEnd, TargetScore, TrialModel

METRICS = ("loss", "lr", "tokens_per_second")


def tracking_uri(sweep: Sweep) -> str:
    """Return the sweep file's tracking URI, or that of a sqlite file beside the sweep's folder."""
    if sweep.tracking.uri is not None:
        return sweep.tracking.uri
    if "://" in sweep.storage.path:
        # SQLite cannot write to object storage.
        return f"sqlite:///{Path('runs/mlflow.db').resolve()}"
    return f"sqlite:///{(Path(sweep.storage.path).expanduser() / 'mlflow.db').resolve()}"


class SweepTracker:
    """The parent run of a sweep and the runs of its trials.

    Operations are repeated while the server does not answer.
    """

    def __init__(
        self, uri: str, sweep: Sweep, plan: SweepPlan, *, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._sweep, self._plan = sweep, plan
        self._retrier = Retrier(retry_seconds)
        self._limit = sweep.evaluation.limit
        self._tracker = Tracker(uri, sweep.name)
        self._parent: str | None = None

    def _parent_run(self) -> str:
        if self._parent is None:
            # Tags, because a sweep can grow, and MLflow never changes a param.
            self._parent = self._tracker.parent_run(
                self._limit,
                tags={
                    "base_model": self._sweep.base_model.path,
                    "trials": str(len(self._plan.trials)),
                    "benchmarks": ", ".join(b.name for b in self._plan.benchmarks),
                    "sweep_digest": self._plan.digest,
                },
            )
        return self._parent

    def begin(self) -> None:
        """Open or find the sweep's run and set it to RUNNING."""
        self._retrier.call(lambda: self._tracker.reopen_run(self._parent_run()))

    def track(
        self,
        trial: TrialPlan,
        model: str,
        training: Mapping[str, Any],
        results: Sequence[Path],
        losses: Sequence[Path] = (),
    ) -> Mapping[str, Any]:
        """Log one trial: curve, model, scores and losses; idempotent."""
        return self._retrier.call(lambda: self._track_once(trial, model, training, results, losses))

    def _track_once(
        self,
        trial: TrialPlan,
        model: str,
        training: Mapping[str, Any],
        results: Sequence[Path],
        losses: Sequence[Path],
    ) -> Mapping[str, Any]:
        run_id = self._tracker.trial_run(
            trial.trial_id,
            self._parent_run(),
            train_language=trial.source,
            seed=trial.seed,
            limit=self._limit,
            params=self._params(trial, training),
        )
        try:
            facts = self._track(run_id, trial, model, training, results, losses)
        except ServerUnavailableError:
            # The server could not record the run's end either.
            raise
        except BaseException:
            self._tracker.finish_run(run_id, RunEnd.FAILED)
            raise
        self._tracker.finish_run(run_id)
        return {"run_id": run_id, **facts}

    def _track(
        self,
        run_id: str,
        trial: TrialPlan,
        model: str,
        training: Mapping[str, Any],
        results: Sequence[Path],
        losses: Sequence[Path],
    ) -> dict[str, Any]:
        now = int(time.time() * 1000)
        self._tracker.log_training_curve(
            run_id,
            [
                CurvePoint(
                    int(point["step"]),
                    {name: float(point[name]) for name in METRICS if name in point},
                    now,
                )
                for point in training.get("curve", ())
            ],
        )
        mode, folder = self._mode(trial, model), None
        if mode is LogMode.WHOLE:
            folder = local_folder(model)
        model_id = self._tracker.log_model(
            TrialModel(
                trial_id=trial.trial_id,
                source=trial.source,
                seed=trial.seed,
                sweep=self._sweep.name,
                run_id=run_id,
                uri=Path(model).as_uri() if Path(model).is_dir() else model,
                params=self._params(trial, training),
                answering=Answering(
                    template=self._sweep.data.template,
                    chat_date=self._sweep.data.chat_date.isoformat(),
                    max_new_tokens=self._sweep.generation.max_new_tokens,
                    temperature=self._sweep.generation.temperature,
                    top_p=self._sweep.generation.top_p,
                ),
            ),
            mode=mode,
            folder=folder,
        )
        cells = scored_cells(read_results(results))
        scores = [self._score(trial, cell) for cell in cells if not cell.is_incomplete]
        incomplete = [f"{c.benchmark} ({c.prompt_style})" for c in cells if c.is_incomplete]
        scores += map(self._loss, LossCell.gather(read_results(losses, LossResult)))
        # An incomplete cell has no score yet: the missing problems would change it.
        self._tracker.log_scores(model_id, run_id, scores)
        self._tracker.mark_incomplete(run_id, incomplete)
        return {"model_id": model_id, "scores": len(scores), "incomplete": incomplete}

    def finish(
        self, report_files: Sequence[Path], *, incomplete: Sequence[str], end: RunEnd
    ) -> str:
        """Log plan and report to the sweep's run and close it; return its id."""
        return self._retrier.call(lambda: self._finish_once(report_files, incomplete, end))

    def _finish_once(
        self, report_files: Sequence[Path], incomplete: Sequence[str], end: RunEnd
    ) -> str:
        parent = self._parent_run()
        self._tracker.log_artifacts(parent, report_files)
        self._tracker.log_json(parent, self._plan.to_json(), "plan/plan.json")
        self._tracker.log_json(parent, self._sweep.model_dump(mode="json"), "plan/sweep.json")
        self._tracker.mark_incomplete(parent, incomplete)
        self._tracker.finish_run(parent, end)
        return parent

    def stop(self, end: RunEnd) -> None:
        """Close the sweep's run when the work on it was stopped."""
        self._retrier.call(lambda: self._tracker.finish_run(self._parent_run(), end))

    def _params(self, trial: TrialPlan, training: Mapping[str, Any]) -> dict[str, object]:
        params: dict[str, object] = {
            "train_language": trial.source,
            "seed": trial.seed,
            "base_model": self._sweep.base_model.path,
        }
        if trial.kind is TrialKind.TRAINED:
            settings = self._sweep.training.model_dump(mode="json")
            params |= {f"training.{key}": value for key, value in settings.items()}
            params |= {"pairs": trial.pairs, "steps": training.get("steps", trial.steps)}
            params |= {"template": self._sweep.data.template}
        return params

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
        size = sum(Storage(model).files("").values())
        is_small = size < self._sweep.tracking.whole_model_bytes
        return LogMode.WHOLE if is_small else LogMode.REFERENCE

    def _loss(self, cell: LossCell) -> TargetScore:
        """Return the mean loss of a cell; it is the headline one with the tuning template."""
        losses = cell.scores()
        is_headline = cell.prompt_style is baseline_style(Metric.LOSS, cell.prompt_style)
        return TargetScore(
            target=cell.target,
            benchmark=cell.benchmark,
            benchmark_digest=cell.benchmark_digest,
            value=sum(losses.values()) / len(losses),
            problems=len(losses),
            limit=self._limit,
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
