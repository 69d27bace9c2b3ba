"""Summarise the sweeps that a storage holds: state, trials done, size, last change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from codem_ray.errors import CodemError, ConfigError
from codem_ray.storage import Storage
from codem_ray.sweep.active_run import is_run_active
from codem_ray.sweep.stages import CACHE
from codem_ray.sweep.stored_plan import incomplete_cells, plan_suffix, read_stored
from codem_ray.sweep.trial_status import TrialState, read_statuses


class SweepState(StrEnum):
    """States of a stored sweep."""

    COMPLETE = "complete"
    RUNNING = "running"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    """Incomplete, no run is active, and a trial failed."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepSummary:
    """One stored plan."""

    name: str
    uri: str
    state: SweepState
    limit: int | None = None
    """Problems of each benchmark, after `--limit`; None: all."""
    trials_done: int = 0
    """Trials without a missing or incomplete cell."""
    trials: int = 0
    cells_done: int = 0
    cells: int = 0
    num_bytes: int = 0
    """Size of the sweep's folder, which its plans share."""
    changed_at: float | None = None
    """Seconds since the epoch of the last change of a trial; None: none has started."""
    message: str = ""
    """Why it is unreadable."""


def sweep_folders(place: Storage) -> list[Storage]:
    """Return the folders of sweeps in a storage; the storage itself if it is one."""
    if place.names("", "plan*.json"):
        return [place]
    plans = place.names("", "*/plan*.json")
    return [Storage(place.uri(name)) for name in _folders(plans)]


def _folders(plans: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(plan.rpartition("/")[0] for plan in plans))


def summarise(place: Storage) -> tuple[list[SweepSummary], int]:
    """Return the sweeps of a storage, last changed first, and the size of its shared cache.

    Raises:
        ConfigError: it holds no sweep.
    """
    folders = sweep_folders(place)
    if not folders:
        raise ConfigError(
            f"{place.root} holds no sweep: give the folder or URI that storage.path names, as in "
            "codem-ray ls runs s3://bucket/runs"
        )
    found = [summary for folder in folders for summary in _summaries(folder)]
    found.sort(key=lambda summary: summary.changed_at or 0.0, reverse=True)
    return found, sum(place.files(CACHE).values())


def _summaries(storage: Storage) -> list[SweepSummary]:
    size = sum(storage.files("").values())
    return [_summary(storage, plan_suffix(plan), size) for plan in storage.names("", "plan*.json")]


def _summary(storage: Storage, suffix: str, num_bytes: int) -> SweepSummary:
    name = storage.root.rpartition("/")[2]
    try:
        stored = read_stored(storage, suffix)
        missing = incomplete_cells(storage, stored)
        statuses = read_statuses(storage, stored.plan)
    except CodemError as error:
        return SweepSummary(
            name=name,
            uri=storage.root,
            state=SweepState.UNREADABLE,
            num_bytes=num_bytes,
            message=str(error),
        )
    unfinished = {cell.trial_id for cell in missing}
    num_cells = len(stored.cells) + len(stored.loss_cells)
    trials = [trial.trial_id for trial in stored.plan.trials]
    if is_run_active(storage):
        state = SweepState.RUNNING
    elif not missing:
        state = SweepState.COMPLETE
    elif any(status.state is TrialState.FAILED for status in statuses):
        state = SweepState.FAILED
    else:
        state = SweepState.INCOMPLETE
    return SweepSummary(
        name=name,
        uri=storage.root,
        state=state,
        limit=stored.evaluation.limit,
        trials_done=sum(trial not in unfinished for trial in trials),
        trials=len(trials),
        cells_done=num_cells - len(missing),
        cells=num_cells,
        num_bytes=num_bytes,
        changed_at=max(status.updated_at for status in statuses) or None if statuses else None,
    )
