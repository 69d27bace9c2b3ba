"""Progress of a sweep's trials, and the lock of the active run, both kept in its storage."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from codem_ray.errors import ConfigError, StorageError
from codem_ray.storage import Storage, storage_errors
from codem_ray.sweep.sweep_plan import SweepPlan

CURVE = "curve.jsonl"
LOCK = ".lock"
"""File that the active run locks in a local folder."""
SILENT_SECONDS = 600.0
"""A trial that is not updated for this long has stopped; used where storage has no lock."""


WRITE_SECONDS = 1.0
"""Minimum time between two writes of a status file in one stage."""


class TrialState(StrEnum):
    """States of a trial."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Shown for a trial whose status says `running` when no run is active."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialStatus:
    """Current state of one trial, for display only: manifests decide what is done."""

    trial_id: str
    state: TrialState = TrialState.WAITING
    stage: str = ""
    step: int = 0
    steps: int = 0
    loss: float | None = None
    tokens_per_second: float | None = None
    problems_done: int = 0
    problems_total: int = 0
    attempt: int = 1
    message: str = ""
    stage_started_at: float = 0.0
    """Seconds since the epoch."""
    updated_at: float = 0.0

    def seconds_left(self, now: float) -> float | None:
        """Estimate the time left in the stage from its progress; None: no progress yet."""
        if self.state is not TrialState.RUNNING or not self.stage_started_at:
            return None
        done, total = (
            (self.step, self.steps)
            if self.stage == "train"
            else (self.problems_done, self.problems_total)
        )
        if not done or done >= total:
            return None
        return (now - self.stage_started_at) * (total - done) / done


class StatusWriter:
    """Writes a trial's status file; a failed write is ignored."""

    def __init__(self, storage: Storage, trial_id: str) -> None:
        self._storage = storage
        self._written_at = 0.0
        self._current = TrialStatus(trial_id=trial_id)

    def update(self, *, is_urgent: bool = False, **changes: Any) -> None:
        """Change some fields; write at most once a second unless urgent or in a new stage."""
        now = time.time()
        values = asdict(self._current) | changes
        if values["stage"] != self._current.stage:
            values["stage_started_at"] = now
            is_urgent = True
        values["updated_at"] = now
        self._current = TrialStatus(**values)
        if is_urgent or now - self._written_at >= WRITE_SECONDS:
            self._written_at = now
            try:
                self._storage.write_json(status_name(self._current.trial_id), asdict(self._current))
            except StorageError:
                # A stage that cannot write its own result raises with the reason.
                return


def append_curve(folder: Path, point: Mapping[str, Any]) -> None:
    """Append one step to the training curve in a trial's training folder."""
    with storage_errors(f"write {folder / CURVE}"):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / CURVE).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(dict(point)) + "\n")


def read_curve(folder: Path) -> list[dict[str, Any]]:
    """Return a training curve by step; a step repeated after a resume counts once."""
    try:
        lines = (folder / CURVE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    by_step: dict[int, dict[str, Any]] = {}
    for line in lines:
        try:
            point = json.loads(line)
            by_step[int(point["step"])] = point
        except (ValueError, KeyError, TypeError):
            # A process that was killed while writing leaves an incomplete line.
            continue
    return [by_step[step] for step in sorted(by_step)]


def status_name(trial_id: str) -> str:
    """Return the name of a trial's status file."""
    return f"trials/{trial_id}/status.json"


def read_statuses(storage: Storage, plan: SweepPlan) -> list[TrialStatus]:
    """Return the status of every trial of a plan, in its order."""
    statuses = []
    for trial in plan.trials:
        try:
            raw = json.loads(storage.read_bytes(status_name(trial.trial_id)))
            # A damaged file, or one of another version, counts as absent.
            statuses.append(TypeAdapter(TrialStatus).validate_python(raw))
        except (StorageError, ValueError, TypeError):
            statuses.append(TrialStatus(trial_id=trial.trial_id, steps=trial.steps))
    return statuses


def mark_finished(storage: Storage, plan: SweepPlan, missing_ids: Collection[str]) -> None:
    """Set trials with nothing left to do to `done`, even if an earlier attempt failed."""
    for status in read_statuses(storage, plan):
        if status.trial_id not in missing_ids and status.state is not TrialState.DONE:
            StatusWriter(storage, status.trial_id).update(
                state=TrialState.DONE, stage="done", step=status.steps, steps=status.steps
            )


@contextmanager
def exclusive_run(storage: Storage) -> Iterator[None]:
    """Refuse a second `run` on the same local folder; the lock ends with its process."""
    if not storage.is_local:
        yield
        return
    with storage_errors(f"write to {storage.root}"):
        storage.local_path().mkdir(parents=True, exist_ok=True)
        stream = storage.local_path(LOCK).open("a+")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"another `codem-ray run` is active in {storage.root}: wait for it, or follow it "
                f"with `codem-ray status {storage.root}`"
            ) from error
        yield


def is_run_active(storage: Storage) -> bool | None:
    """Return whether a run holds the lock of a sweep's folder; None on remote storage."""
    if not storage.is_local:
        return None
    try:
        with storage.local_path(LOCK).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def with_stopped(
    statuses: Sequence[TrialStatus], *, is_active: bool | None, now: float
) -> list[TrialStatus]:
    """Replace `running` by `stopped` for trials whose run was killed."""

    def has_stopped(status: TrialStatus) -> bool:
        if status.state is not TrialState.RUNNING:
            return False
        if is_active is None:
            return now - status.updated_at > SILENT_SECONDS
        return not is_active

    return [replace(s, state=TrialState.STOPPED) if has_stopped(s) else s for s in statuses]


def sweep_seconds_left(
    statuses: Sequence[TrialStatus], started_at: float, now: float
) -> float | None:
    """Estimate the time left in the sweep from the trials that this run has finished."""
    finished = [s for s in statuses if s.state is TrialState.DONE and s.updated_at >= started_at]
    left = sum(s.state not in {TrialState.DONE, TrialState.FAILED} for s in statuses)
    if not finished or not left:
        return None
    return (now - started_at) / len(finished) * left
