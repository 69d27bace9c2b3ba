"""Log the results of a sweep: report, gains, best models, and the end of its runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.report import SweepReport
from codem_ray.tracking.best_models import best_models
from codem_ray.tracking.descriptions import best_models_text
from codem_ray.tracking.gains import gain_values
from codem_ray.tracking.retries import Retrier
from codem_ray.tracking.sweep_runs import STOPPED_TAG, SweepRuns
from codem_ray.tracking.tracker import RUNNING
from codem_ray.tracking.values import RunEnd, limited_name


class SweepEnding:
    """Closes a sweep's runs; idempotent. Operations are repeated while the server is silent."""

    def __init__(self, runs: SweepRuns, *, retry_seconds: float) -> None:
        self._runs, self._tracker = runs, runs.tracker
        self._retrier = Retrier(retry_seconds)

    def finish(
        self,
        report: SweepReport | None,
        *,
        incomplete: Sequence[str],
        end: RunEnd,
        stopped: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Log plan, report and gains, name the best models, close all runs; return the ids.

        `stopped` are the reasons why a search has stopped trials, by trial id.
        """
        now_ms = int(1000 * time.time())
        return self._retrier.call(
            lambda: self._finish_once(report, incomplete, end, stopped or {}, now_ms)
        )

    def _finish_once(
        self,
        report: SweepReport | None,
        incomplete: Sequence[str],
        end: RunEnd,
        stopped: Mapping[str, str],
        now_ms: int,
    ) -> dict[str, str]:
        parent = self._runs.parent()
        trials = self._trials()
        if report is not None:
            self._tracker.log_artifacts(parent, report.files)
            self._log_gains(report, trials, now_ms)
            self._name_best(report, trials)
        sweep, plan = self._runs.sweep, self._runs.plan
        self._tracker.log_json(parent, plan.to_json(), "plan/plan.json")
        self._tracker.log_json(parent, sweep.model_dump(mode="json"), "plan/sweep.json")
        self._tracker.mark_incomplete(parent, incomplete)
        for run in trials:
            if reason := stopped.get(run.data.tags["trial_id"]):
                self._tracker.set_tag(run.info.run_id, STOPPED_TAG, reason)
                self._tracker.finish_run(run.info.run_id, RunEnd.KILLED)
        trials = [run for run in trials if run.data.tags["trial_id"] not in stopped]
        # A trial that was logged has closed its run.
        self._close_open(trials, RunEnd.FAILED)
        self._tracker.finish_run(parent, end)
        return {"run_id": parent, "experiment_id": self._tracker.prepare()}

    def stop(self, end: RunEnd) -> None:
        """Close the runs of a sweep when the work on it was stopped."""

        def close() -> None:
            parent = self._runs.parent()
            self._close_open(self._trials(), end)
            self._tracker.finish_run(parent, end)

        self._retrier.call(close)

    def _close_open(self, trials: Sequence[Any], end: RunEnd) -> None:
        for run in trials:
            if run.info.status == RUNNING:
                self._tracker.finish_run(run.info.run_id, end)

    def _log_gains(self, report: SweepReport, trials: Sequence[Any], now_ms: int) -> None:
        style = self._runs.sweep.evaluation.baseline_style
        values = gain_values(report.cells, style)
        for run in trials:
            if own := values.get(run.data.tags["trial_id"]):
                self._tracker.log_run_values(run, own, now_ms)

    def _name_best(self, report: SweepReport, trials: Sequence[Any]) -> None:
        sweep, plan = self._runs.sweep, self._runs.plan
        limit = sweep.evaluation.limit
        run_ids = {run.data.tags["trial_id"]: run.info.run_id for run in trials}
        best = [
            item
            for item in best_models(report.cells, plan.trials, plan.benchmarks)
            if item.trial.trial_id in run_ids
        ]
        if not best:
            return
        if sweep.tracking.log_models != "none":
            name = sweep.tracking.registered_model or limited_name(sweep.name, limit)
            self._tracker.register_best(name, best)
        # Scores on the first problems do not replace those of the whole sweep.
        if limit is None or not self._tracker.has_sweep_run():
            experiment_id = self._tracker.prepare()
            self._tracker.describe_experiment(best_models_text(experiment_id, best, run_ids, limit))

    def _trials(self) -> list[Any]:
        return self._tracker.trial_runs(self._runs.sweep.evaluation.limit)
