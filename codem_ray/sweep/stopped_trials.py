"""Trials of a search that were stopped early: they are not scored, and a resume leaves them so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from codem_ray.config import SearchConfig
from codem_ray.storage import Stage, Storage, digest_of
from codem_ray.sweep.asha import AshaRule
from codem_ray.sweep.stages import train_folder
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial_status import read_curve

DIVERGED = "diverged"


def record_stop(
    storage: Storage, search: SearchConfig, trial: TrialPlan, reason: str, *, is_diverged: bool
) -> int:
    """Record that a trial was stopped, with its curve, and remove its checkpoints.

    Returns the last step.
    """
    folder = train_folder(trial.trial_id)
    curve = read_curve(storage, folder)
    step = max((int(point["step"]) for point in curve), default=0)
    with _stage(storage, trial, _key(search, is_diverged=is_diverged)).writing(
        {"trial_id": trial.trial_id}
    ) as writer:
        writer.facts.update(
            reason=reason,
            step=step,
            steps=trial.steps,
            is_diverged=is_diverged,
            curve=curve,
        )
    storage.remove(folder)
    return step


def stop_facts(
    storage: Storage, search: SearchConfig, trial: TrialPlan
) -> Mapping[str, Any] | None:
    """Return the facts of a stop by the present rule of the search; None if there was none.

    A stop by another rule does not count: the trial is trained then. A diverged training counts
    under every rule.
    """
    if not trial.setting:
        return None
    keys = [_key(search, is_diverged=True)]
    if search.scheduler != "none":
        keys.append(_key(search, is_diverged=False))
    manifests = (_stage(storage, trial, key).manifest() for key in keys)
    return next((manifest.facts for manifest in manifests if manifest is not None), None)


def stopped_trials(
    storage: Storage, search: SearchConfig, trials: Iterable[TrialPlan]
) -> dict[str, Mapping[str, Any]]:
    """Return the facts of all stopped trials, by trial id."""
    searched = [trial for trial in trials if trial.setting]
    found = storage.for_each(lambda trial: stop_facts(storage, search, trial), searched)
    return {
        trial.trial_id: facts
        for trial, facts in zip(searched, found, strict=True)
        if facts is not None
    }


def _key(search: SearchConfig, *, is_diverged: bool) -> str:
    rule = AshaRule.of(search)
    if is_diverged or rule is None:
        return DIVERGED
    return digest_of(["asha", rule.grace_period, rule.reduction_factor])


def _stage(storage: Storage, trial: TrialPlan, key: str) -> Stage:
    return storage.stage(f"trials/{trial.trial_id}/stopped/{key}")
