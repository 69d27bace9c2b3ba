"""The actor that stops settings of a search early, and its use from Ray Train's controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ray

from codem_ray.config import SearchConfig
from codem_ray.errors import StoppedEarlyError
from codem_ray.runtime.ray_connection import on_driver_node
from codem_ray.storage import Storage
from codem_ray.sweep.asha import AshaRule, Judge, brackets_of
from codem_ray.sweep.stages import export_facts
from codem_ray.sweep.stopped_trials import stop_facts
from codem_ray.sweep.sweep_plan import TrialPlan

_ANSWER_SECONDS = 60.0


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=3)
class JudgeActor:
    """Compares the trials of each bracket. A restart learns their losses from storage again."""

    def __init__(
        self, storage: Storage, search: SearchConfig, rule: AshaRule, trials: Sequence[TrialPlan]
    ) -> None:
        self._judge = Judge(rule=rule, brackets=brackets_of(trials))
        for trial in trials:
            if trial.trial_id not in self._judge.brackets:
                continue
            facts = stop_facts(storage, search, trial) or export_facts(storage, trial.trial_id)
            if facts is not None:
                self._judge.learn(trial.trial_id, trial.steps, facts.get("curve", ()))

    def decide(self, trial_id: str, steps: int, curve: Sequence[Mapping[str, Any]]) -> str:
        """Return why a trial stops now; "" if it goes on."""
        return self._judge.decide(trial_id, steps, curve)


class EarlyStopping:
    """Asks the judge whenever a trial reaches a rung; crosses processes by pickle."""

    def __init__(self, judge: Any, rule: AshaRule) -> None:
        self._judge, self._rule = judge, rule

    @classmethod
    def start(
        cls, storage: Storage, search: SearchConfig, trials: Sequence[TrialPlan]
    ) -> EarlyStopping | None:
        """Start the judge of a sweep; None if it stops no trial."""
        rule = AshaRule.of(search)
        if rule is None:
            return None
        judge = JudgeActor.options(  # type: ignore[attr-defined]
            scheduling_strategy=on_driver_node()
        ).remote(storage, search, rule, trials)
        return cls(judge, rule)

    def check(
        self,
        trial_id: str,
        *,
        before: int,
        step: int,
        steps: int,
        read_curve: Callable[[], Sequence[Mapping[str, Any]]],
    ) -> None:
        """Raise StoppedEarlyError if a trial that went from step `before` to `step` stops now."""
        if not any(before < rung <= step for rung in self._rule.rungs(steps)):
            return
        answer = self._judge.decide.remote(trial_id, steps, read_curve())
        if reason := ray.get(answer, timeout=_ANSWER_SECONDS):
            raise StoppedEarlyError(trial_id, reason)
