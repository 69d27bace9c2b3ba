"""The runs of a sweep in MLflow: its own, and one for each trial, a child of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.config import Sweep
from codem_ray.sweep.search_settings import data_setting, row_name, with_setting
from codem_ray.sweep.sweep_plan import SweepPlan, TrialKind, TrialPlan
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.training_corpora import training_corpus
from codem_ray.tracking.values import CurvePoint, RunEnd

STOPPED_TAG = "stopped_early"


class SweepRuns:
    """Opens, finds and closes the runs of a sweep; each call tries once.

    Args:
        card: The sweep's data card, which describes the corpora; empty if it trains nothing.
    """

    def __init__(
        self, uri: str, sweep: Sweep, plan: SweepPlan, card: Mapping[str, Any] | None = None
    ) -> None:
        self.sweep, self.plan = sweep, plan
        self.tracker = Tracker(uri, sweep.name)
        self._card = card or {}
        self._trials = {trial.trial_id: trial for trial in plan.trials}
        self._parent: str | None = None
        self._run_ids: dict[str, str] = {}

    def parent(self) -> str:
        """Return the id of the sweep's run; open it if it is missing."""
        if self._parent is None:
            # Tags, because a sweep can grow, and MLflow never changes a param.
            self._parent = self.tracker.parent_run(
                self.sweep.evaluation.limit,
                tags={
                    "base_model": self.sweep.base_model.path,
                    "trials": str(len(self.plan.trials)),
                    "benchmarks": ", ".join(b.name for b in self.plan.benchmarks),
                    "sweep_digest": self.plan.digest,
                },
            )
        return self._parent

    def trial(self, trial: TrialPlan) -> str:
        """Return the id of a trial's run with its settings and corpus; open it if it is missing."""
        run_id = self.tracker.trial_run(
            trial.trial_id,
            self.parent(),
            train_language=trial.pairs_source,
            seed=trial.seed,
            limit=self.sweep.evaluation.limit,
            params=self.params(trial),
            name=f"{trial.source} seed={trial.seed}" if trial.setting else "",
        )
        pairs = row_name(self.sweep, trial.pairs_source, data_setting(trial.setting))
        corpus = training_corpus(self._card, pairs)
        if corpus is not None and trial.kind is TrialKind.TRAINED:
            self.tracker.log_corpus(run_id, corpus)
        self._run_ids[trial.trial_id] = run_id
        return run_id

    def params(self, trial: TrialPlan) -> dict[str, object]:
        """Return the settings of a trial that are known before it starts."""
        generation = self.sweep.generation
        params: dict[str, object] = {
            "train_language": trial.pairs_source,
            "seed": trial.seed,
            "base_model": self.sweep.base_model.path,
            "generation.max_new_tokens": generation.max_new_tokens,
            "generation.temperature": generation.temperature,
            "generation.top_p": generation.top_p,
        }
        if trial.kind is TrialKind.TRAINED:
            settings = with_setting(self.sweep, trial.setting).training.model_dump(mode="json")
            params |= {f"training.{key}": value for key, value in settings.items()}
            params |= {"pairs": trial.pairs, "template": self.sweep.data.template}
            params |= {key: value for key, value in trial.setting.items() if key not in params}
        return params

    def open_trial(self, trial_id: str) -> int:
        """Open a trial's run, or find it again, and set it to RUNNING; return its last step."""
        run_id = self.trial(self._trials[trial_id])
        self.tracker.reopen_run(run_id)
        return self.tracker.last_step(run_id)

    def log_points(self, trial_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Log points of the training curve of an opened trial."""
        now_ms = int(1000 * time.time())
        new = [CurvePoint.of(point, now_ms) for point in points]
        self.tracker.log_new_points(self._run_ids[trial_id], new)

    def close_trial(self, trial_id: str, end: RunEnd, reason: str = "") -> None:
        """Close the run of an opened trial; `reason` is why a search has stopped it."""
        if reason:
            self.tracker.set_tag(self._run_ids[trial_id], STOPPED_TAG, reason)
        self.tracker.finish_run(self._run_ids[trial_id], end)
