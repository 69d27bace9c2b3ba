"""The settings of a search with their losses, and the best one of each source."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from codem_ray.storage import Storage
from codem_ray.sweep.search_metric import metric_name, search_loss
from codem_ray.sweep.stages import export_facts
from codem_ray.sweep.stored_plan import StoredSweep


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingResult:
    """One setting of a source, as far as its trials have come."""

    source: str
    setting: str
    """The changed keys, as in the name of its row."""
    state: str
    """`trained`, `stopped early`, `diverged` or `not trained yet`; of several seeds the last in
    this order."""
    loss: float | None
    """Mean over the seeds of the last loss; None if no trial has one."""
    metric: str
    """`held-out loss` or `training loss`."""
    step: int
    """Steps trained, summed over the seeds."""
    steps: int
    """Steps planned, summed over the seeds."""
    is_best: bool = False
    """It has the lowest loss of those settings of its source that are trained with all seeds."""

    def as_row(self) -> dict[str, object]:
        """Return a row of facts."""
        row = asdict(self) | {"steps": f"{self.step} of {self.steps}"}
        del row["step"]
        row["best"] = "best" if row.pop("is_best") else ""
        return row


_STATES = ("trained", "stopped early", "diverged", "not trained yet")


def search_results(storage: Storage, stored: StoredSweep) -> list[SettingResult]:
    """Return the settings of a stored sweep, by source in the order of the plan."""
    stopped = stored.stopped(storage)
    by_row: dict[str, list[tuple[str, int, int, Sequence[Mapping[str, Any]]]]] = defaultdict(list)
    sources: dict[str, str] = {}
    for trial in stored.plan.trials:
        if not trial.setting:
            continue
        facts = stopped.get(trial.trial_id)
        state = "not trained yet"
        if facts is not None:
            state = "diverged" if facts["is_diverged"] else "stopped early"
        else:
            facts = export_facts(storage, trial.trial_id)
            state = state if facts is None else "trained"
        facts = facts or {}
        curve = facts.get("curve", ())
        step = int(facts.get("step", facts.get("steps", 0)))
        by_row[trial.source].append((state, step, trial.steps, curve))
        sources[trial.source] = trial.pairs_source
    results = [_result(name, sources[name], trials) for name, trials in by_row.items()]
    best = {
        min(
            (r for r in results if r.source == source and _is_candidate(r)),
            key=lambda r: r.loss or 0.0,
            default=None,
        )
        for source in sources.values()
    }
    return [replace(result, is_best=True) if result in best else result for result in results]


def _is_candidate(result: SettingResult) -> bool:
    return result.state == "trained" and result.loss is not None and math.isfinite(result.loss)


def _result(
    name: str, source: str, trials: Sequence[tuple[str, int, int, Sequence[Mapping[str, Any]]]]
) -> SettingResult:
    losses = [loss for *_, curve in trials if (loss := search_loss(curve)) is not None]
    return SettingResult(
        source=source,
        setting=name.removeprefix(source).strip(),
        state=max((state for state, *_ in trials), key=_STATES.index),
        loss=math.fsum(losses) / len(losses) if losses else None,
        metric=next((metric_name(curve) for *_, curve in trials if curve), ""),
        step=sum(step for _, step, *_ in trials),
        steps=sum(steps for _, _, steps, _ in trials),
    )
