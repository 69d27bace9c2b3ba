"""Bring a sweep's trials into MLflow."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.config import Sweep
from codem_ray.records import Outcome, PromptStyle
from codem_ray.sweep.plan import TRAINED, UNTUNED, SweepPlan, TrialPlan

if TYPE_CHECKING:
    import pandas as pd

    from codem_ray.tracking import TargetScore

METRICS = ("loss", "lr", "tokens_per_second")


def tracking_uri(sweep: Sweep) -> str:
    """Return where MLflow writes: the sweep file's URI, else sqlite beside the sweep's folder."""
    if sweep.tracking.uri is not None:
        return sweep.tracking.uri
    if "://" in sweep.storage.path:
        # A sqlite file cannot lie on object storage.
        return f"sqlite:///{Path('runs/mlflow.db').resolve()}"
    return f"sqlite:///{(Path(sweep.storage.path).expanduser() / 'mlflow.db').resolve()}"


class SweepTracker:
    """One sweep's parent run and the runs of its trials."""

    def __init__(self, uri: str, sweep: Sweep, plan: SweepPlan) -> None:
        from codem_ray.tracking import Tracker

        self._sweep = sweep
        self._tracker = Tracker(uri, sweep.name)
        self._tracker.prepare()
        self._parent = self._tracker.parent_run(
            plan.digest,
            params={
                "base_model": sweep.base_model.path,
                "trials": len(plan.trials),
                "benchmarks": ", ".join(b.name for b in plan.benchmarks),
            },
            tags={"limited": str(any(b.is_limited for b in plan.benchmarks)).lower()},
        )

    def track(
        self,
        trial: TrialPlan,
        model: str,
        training: Mapping[str, Any],
        results: Sequence[Path],
    ) -> Mapping[str, Any]:
        """Log one trial: curve, model and scores; a repeat logs nothing twice."""
        from codem_ray.evaluation.evaluate import read_results
        from codem_ray.tracking import CurvePoint, TrialModel

        params = self._params(trial, training)
        run_id = self._tracker.trial_run(
            trial.trial_id,
            self._parent,
            train_language=trial.source,
            seed=trial.seed,
            params=params,
        )
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
        folder = Path(model)
        model_id = self._tracker.log_model(
            TrialModel(
                trial_id=trial.trial_id,
                source=trial.source,
                seed=trial.seed,
                sweep=self._sweep.name,
                run_id=run_id,
                uri=folder.as_uri() if folder.is_dir() else model,
                params=params,
            ),
            mode=self._mode(trial, folder),
            folder=folder if folder.is_dir() else None,
        )
        scores = self._scores(trial, read_results(results))
        self._tracker.log_scores(model_id, run_id, scores)
        self._tracker.finish_run(run_id)
        return {"run_id": run_id, "model_id": model_id, "scores": len(scores)}

    def finish(self, report_files: Sequence[Path], *, is_complete: bool) -> None:
        """Put the report on the sweep's run and end it."""
        self._tracker.log_artifacts(self._parent, report_files)
        self._tracker.finish_run(self._parent, is_failed=not is_complete)

    def _params(self, trial: TrialPlan, training: Mapping[str, Any]) -> dict[str, object]:
        params: dict[str, object] = {
            "train_language": trial.source,
            "seed": trial.seed,
            "base_model": self._sweep.base_model.path,
        }
        if trial.kind == TRAINED:
            settings = self._sweep.training.model_dump(mode="json")
            params |= {f"training.{key}": value for key, value in settings.items()}
            params |= {"pairs": trial.pairs, "steps": training.get("steps", trial.steps)}
            params |= {"template": self._sweep.data.template}
        return params

    def _mode(self, trial: TrialPlan, folder: Path) -> Any:
        from codem_ray.tracking import LogMode

        choice = self._sweep.tracking.log_models
        if not folder.is_dir() or choice == "reference":
            return LogMode.REFERENCE
        if choice == "whole":
            return LogMode.WHOLE
        if trial.kind == UNTUNED:
            # The base lies where everybody's copy comes from; a second one helps nobody.
            return LogMode.REFERENCE
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        is_small = size < self._sweep.tracking.whole_model_bytes
        return LogMode.WHOLE if is_small else LogMode.REFERENCE

    def _scores(self, trial: TrialPlan, results: pd.DataFrame) -> list[TargetScore]:
        from codem_ray.tracking import TargetScore

        counted = results[
            ~results["is_quarantined"]
            & ~results["outcome"].isin([Outcome.INFRASTRUCTURE_ERROR, Outcome.NOT_RUN])
        ]
        scores = []
        keys = ["target", "benchmark", "benchmark_digest", "prompt_style"]
        for key, rows in counted.groupby(keys, sort=False):
            target, benchmark, digest, style = (str(part) for part in key)
            is_passed = rows["outcome"] == Outcome.PASSED
            by_problem = is_passed.groupby(rows["task_id"]).mean()
            is_headline = len(trial.styles) == 1 or (
                PromptStyle(style) is self._sweep.evaluation.baseline_style
            )
            scores.append(
                TargetScore(
                    target=target,
                    benchmark=benchmark,
                    benchmark_digest=digest,
                    value=float(by_problem.mean()),
                    problems=len(by_problem),
                    metric="pass_at_1" if is_headline else f"pass_at_1_{style}",
                )
            )
        return scores
