"""Which weights of a sweep are the model of a trial, here or in another sweep of its storage."""

from __future__ import annotations

from codem_ray.errors import CodemError
from codem_ray.storage import Storage
from codem_ray.sweep.stored_plan import StoredSweep, plan_suffix, read_stored
from codem_ray.sweep.sweep_summaries import sweep_folders


def siblings(storage: Storage) -> list[Storage]:
    """Return the other sweeps of the storage."""
    place = Storage(storage.root.rpartition("/")[0] or "/")
    return [folder for folder in sweep_folders(place) if folder.root != storage.root]


def stored_plans(storage: Storage) -> list[StoredSweep]:
    """Return every stored plan of a sweep; ConfigError or StorageError if one cannot be read."""
    return [
        read_stored(storage, plan_suffix(name)) for name in storage.names("", "plan*.json")
    ] or [read_stored(storage)]


def used_exports(storage: Storage) -> set[str]:
    """Return the trials whose export is the model of a trial, here or in another sweep.

    A sibling whose plan cannot be read may use any of them.
    """
    used: set[str] = set()
    prefix = f"{storage.root}/trials/"
    for folder in (storage, *siblings(storage)):
        try:
            plans = [stored.plan for stored in stored_plans(folder)]
        except CodemError:
            return {name.split("/")[1] for name in storage.names("trials", "*")}
        used |= {
            trial.model.removeprefix(prefix).split("/")[0]
            for plan in plans
            for trial in plan.trials
            if trial.model.startswith(prefix)
        }
    return used
