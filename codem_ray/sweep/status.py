"""Where a sweep stands, read from its storage alone."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from codem_ray.errors import StorageError
from codem_ray.storage import Storage, storage_errors
from codem_ray.sweep.plan import SweepPlan

CURVE = "curve.jsonl"
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
STOPPED = "stopped"
"""Shown for a trial that says that it runs, when no run is at work."""
LOCK = ".lock"
"""Held by the run that is at work in a local folder."""
SILENT_SECONDS = 600.0
"""Where there is no lock to ask, a trial that was silent for so long has stopped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialStatus:
    """What one trial is at. Its file is a hint for people; manifests are the truth."""

    trial_id: str
    state: str = WAITING
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
        """Estimate the rest of the stage from what is done of it; None: nothing to go by."""
        if self.state != RUNNING or not self.stage_started_at:
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
    """Keeps a trial's status file current; a status that cannot be written stops nothing."""

    def __init__(self, storage: Storage, trial_id: str, *, min_seconds: float = 1.0) -> None:
        self._storage = storage
        self._min_seconds = min_seconds
        self._written_at = 0.0
        self._current = TrialStatus(trial_id=trial_id)

    def update(self, *, is_urgent: bool = False, **changes: Any) -> None:
        """Change some fields; written at most once a second unless urgent or a new stage."""
        now = time.time()
        values = asdict(self._current) | changes
        if values["stage"] != self._current.stage:
            values["stage_started_at"] = now
            is_urgent = True
        values["updated_at"] = now
        self._current = TrialStatus(**values)
        if is_urgent or now - self._written_at >= self._min_seconds:
            self._written_at = now
            try:
                self._storage.write_json(status_name(self._current.trial_id), asdict(self._current))
            except StorageError:
                # The stage that cannot write its result will say so, with the reason.
                return


def append_curve(folder: Path, point: Mapping[str, Any]) -> None:
    """Add one step to the training curve kept in a trial's training folder."""
    with storage_errors(f"write {folder / CURVE}"):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / CURVE).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(dict(point)) + "\n")


def read_curve(folder: Path) -> list[dict[str, Any]]:
    """Return a training curve by step; a step done again after a resume counts once."""
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
            # A process killed while it wrote leaves a part of a line.
            continue
    return [by_step[step] for step in sorted(by_step)]


def status_name(trial_id: str) -> str:
    """Return the name of a trial's status file."""
    return f"trials/{trial_id}/status.json"


def read_statuses(storage: Storage, plan: SweepPlan) -> list[TrialStatus]:
    """Return the status of every trial of a plan, in its order."""
    found = []
    for trial in plan.trials:
        try:
            raw = json.loads(storage.read_bytes(status_name(trial.trial_id)))
            # A hint that somebody has damaged is no hint; unknown keys are another version's.
            found.append(TypeAdapter(TrialStatus).validate_python(raw))
        except (StorageError, ValueError, TypeError):
            found.append(TrialStatus(trial_id=trial.trial_id, steps=trial.steps))
    return found


def is_at_work(storage: Storage) -> bool | None:
    """Whether a run holds the sweep's folder; None: on remote storage there is no telling."""
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
    statuses: Sequence[TrialStatus], *, is_at_work: bool | None, now: float
) -> list[TrialStatus]:
    """Call a trial stopped that was running when its run ended without a word."""

    def has_stopped(status: TrialStatus) -> bool:
        if status.state != RUNNING:
            return False
        if is_at_work is None:
            return now - status.updated_at > SILENT_SECONDS
        return not is_at_work

    return [replace(s, state=STOPPED) if has_stopped(s) else s for s in statuses]


def sweep_seconds_left(
    statuses: Sequence[TrialStatus], started_at: float, now: float
) -> float | None:
    """Estimate the rest of the sweep from the share of its trials that this run has done."""
    finished = [s for s in statuses if s.state == DONE and s.updated_at >= started_at]
    left = sum(s.state not in {DONE, FAILED} for s in statuses)
    if not finished or not left:
        return None
    return (now - started_at) / len(finished) * left
