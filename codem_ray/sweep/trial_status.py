"""Progress of a sweep's trials, kept in its storage."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from codem_ray.errors import StorageError
from codem_ray.storage import Storage, storage_errors
from codem_ray.storage.store_errors import CHECK_SECONDS, RETRY_SECONDS
from codem_ray.sweep.sweep_plan import SweepPlan, TrialPlan

CURVE = "curve.jsonl"
WRITE_SECONDS, REMOTE_WRITE_SECONDS = 1.0, 5.0
"""Minimum time between two writes of a status file in one stage."""
CURVE_SECONDS = 30.0
"""Time between two writes of a training curve to remote storage."""


class TrialState(StrEnum):
    """States of a trial."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Shown for a trial whose status says `running` when no run is active."""
    STOPPED_EARLY = "stopped early"
    """A search has stopped it; it is not scored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialStatus:
    """Current state of one trial, for display only: manifests decide what is done."""

    trial_id: str
    setting: str = ""
    """Keys that a search has changed, as in the matrix; filled in when the status is read."""
    state: TrialState = TrialState.WAITING
    stage: str = ""
    step: int = 0
    steps: int = 0
    loss: float | None = None
    tokens_per_second: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    """Other figures of the training since its last report, by the keys of curve points."""
    problems_done: int = 0
    problems_total: int = 0
    attempt: int = 1
    waits_for: str = ""
    """In the stage `wait`: what the trial waits for, since `stage_started_at`."""
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
        self._pause = WRITE_SECONDS if storage.is_local else REMOTE_WRITE_SECONDS
        self._current = TrialStatus(trial_id=trial_id)

    def update(self, *, is_urgent: bool = False, **changes: Any) -> None:
        """Change some fields; write at intervals unless urgent or in a new stage."""
        now = time.time()
        values = asdict(self._current) | changes
        if values["stage"] != self._current.stage:
            values["stage_started_at"] = now
            is_urgent = True
        values["updated_at"] = now
        self._current = TrialStatus(**values)
        if is_urgent or now - self._written_at >= self._pause:
            self._written_at = now
            try:
                # The work does not wait for an unavailable store; only the last state does.
                self._storage.write_json(
                    status_name(self._current.trial_id),
                    asdict(self._current),
                    retry_seconds=CHECK_SECONDS if is_urgent else 0.0,
                )
            except StorageError:
                # A stage that cannot write its own result raises with the reason.
                return


class CurveWriter:
    """Writes the training curve of one trial, as JSON lines in its training folder.

    A local file grows line by line. An object cannot grow, so on remote storage the whole curve is
    written, at intervals and with each checkpoint: what a crash loses is trained again.
    """

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._folder = storage, folder
        self._written_at = 0.0
        self._points: list[dict[str, Any]] | None = None

    def append(self, points: Sequence[dict[str, Any]], *, is_urgent: bool) -> None:
        """Append steps; on remote storage they are written now if `is_urgent`, or later."""
        if self._storage.is_local:
            folder = self._storage.local_path(self._folder)
            with storage_errors(f"write {folder / CURVE}"):
                folder.mkdir(parents=True, exist_ok=True)
                with (folder / CURVE).open("a", encoding="utf-8") as stream:
                    stream.write("".join(json.dumps(point) + "\n" for point in points))
            return
        if self._points is None:
            self._points = read_curve(self._storage, self._folder)
        self._points += points
        if is_urgent or time.monotonic() - self._written_at >= CURVE_SECONDS:
            lines = "".join(json.dumps(point) + "\n" for point in self._points)
            self._storage.write_bytes(f"{self._folder}/{CURVE}", lines.encode())
            self._written_at = time.monotonic()

    def points(self) -> list[dict[str, Any]]:
        """Return all points, those of earlier attempts included."""
        if self._points is None:
            return read_curve(self._storage, self._folder)
        by_step = {int(point["step"]): point for point in self._points}
        return [by_step[step] for step in sorted(by_step)]


def read_curve(storage: Storage, folder: str) -> list[dict[str, Any]]:
    """Return a training curve by step; a step repeated after a resume counts once."""
    content = storage.read_optional(f"{folder}/{CURVE}") or b""
    by_step: dict[int, dict[str, Any]] = {}
    for line in content.decode("utf-8", "replace").splitlines():
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


def read_statuses(
    storage: Storage, plan: SweepPlan, *, retry_seconds: float = RETRY_SECONDS
) -> list[TrialStatus]:
    """Return the status of every trial of a plan, in its order.

    Raises:
        StorageError: remote storage has not answered for `retry_seconds`.
    """
    return storage.for_each(partial(_read_status, storage, retry_seconds), plan.trials)


def _read_status(storage: Storage, retry_seconds: float, trial: TrialPlan) -> TrialStatus:
    content = storage.read_optional(status_name(trial.trial_id), retry_seconds=retry_seconds)
    try:
        # A damaged file, or one of another version, counts as absent.
        status = TypeAdapter(TrialStatus).validate_python(json.loads(content or b""))
    except (ValueError, TypeError):
        status = TrialStatus(trial_id=trial.trial_id, steps=trial.steps)
    return (
        replace(status, setting=trial.source.removeprefix(trial.searched_source).strip())
        if (trial.setting)
        else status
    )


def mark_finished(
    storage: Storage,
    plan: SweepPlan,
    missing_ids: Collection[str],
    stopped: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Set trials with nothing left to do to `done`, even if an earlier attempt failed.

    `stopped` are the facts of those that a search has stopped early.
    """
    for status in read_statuses(storage, plan):
        facts = (stopped or {}).get(status.trial_id)
        state = TrialState.DONE if facts is None else TrialState.STOPPED_EARLY
        if status.trial_id not in missing_ids and status.state is not state:
            StatusWriter(storage, status.trial_id).update(
                state=state,
                stage="done" if facts is None else "train",
                step=status.steps if facts is None else facts["step"],
                steps=status.steps,
                message="" if facts is None else facts["reason"],
            )


def with_stopped(statuses: Sequence[TrialStatus], *, is_active: bool) -> list[TrialStatus]:
    """Replace `running` by `stopped` for trials whose run was killed."""
    return [
        replace(status, state=TrialState.STOPPED)
        if status.state is TrialState.RUNNING and not is_active
        else status
        for status in statuses
    ]
