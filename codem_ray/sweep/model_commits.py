"""The commits of the hub's models that a sweep uses, which stay the same until it is complete."""

from __future__ import annotations

from dataclasses import replace

from codem_ray.models.hub import hub_commit
from codem_ray.models.resolve import is_local
from codem_ray.storage import Storage
from codem_ray.sweep.sweep_plan import SweepPlan, TrialPlan

COMMITS = "model-commits.json"
"""File of the sweep's folder: the commit of each model and revision."""


def with_commits(storage: Storage, plan: SweepPlan) -> SweepPlan:
    """Give the trials of a plan the commits that the sweep has used so far; no network is used."""
    known = _stored(storage)
    return replace(
        plan,
        trials=tuple(
            replace(trial, revision=known.get(_key(trial), trial.revision)) for trial in plan.trials
        ),
    )


def resolve_commits(storage: Storage, plan: SweepPlan) -> SweepPlan:
    """Give the trials of a plan the commits of their models, looked up once for each sweep.

    A branch that moves meanwhile changes no trial. The ids of trials contain the revision in the
    sweep file, not its commit. Raises ModelLoadError if a commit cannot be looked up.
    """
    known = _stored(storage)
    asked = {_key(trial): trial for trial in plan.trials if not is_local(trial.model)}
    new = {
        key: hub_commit(trial.model, trial.revision)
        for key, trial in asked.items()
        if key not in known
    }
    if new:
        storage.write_json(COMMITS, known | new)
    return with_commits(storage, plan)


def _key(trial: TrialPlan) -> str:
    return f"{trial.model}@{trial.revision or 'main'}"


def _stored(storage: Storage) -> dict[str, str]:
    if storage.read_optional(COMMITS) is None:
        return {}
    return {str(key): str(commit) for key, commit in storage.read_json(COMMITS).items()}
