"""Running trials in MLflow: runs that open when trials start, and their growing curves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from codem_ray.errors import TrackingError
from codem_ray.tracking.values import RunEnd

FLUSH_SECONDS = 10.0
"""Time between two writes of new points."""
_MAX_POINTS_KEPT = 1000
"""Points kept of one trial while the server is unavailable. All are in storage, too."""
_LOG = logging.getLogger(__name__)


class LiveTracker(Protocol):
    """Writes the state of running trials; each call tries once, and raises TrackingError."""

    def open_trial(self, trial_id: str) -> int:
        """Open a trial's run, or find it again, and set it to RUNNING; return its last step."""

    def log_points(self, trial_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Log points of its training curve that are not logged yet."""

    def close_trial(self, trial_id: str, end: RunEnd, reason: str = "") -> None:
        """Close its run; `reason` is why a search has stopped the trial."""


@dataclass(slots=True)
class _Unsent:
    """Changes of a trial that are not in MLflow yet."""

    points: list[Mapping[str, Any]] = field(default_factory=list)
    is_to_open: bool = False
    end: RunEnd | None = None
    reason: str = ""


class LiveTrials:
    """Writes changes of running trials to MLflow in a background thread.

    No caller waits for the server. While it does not answer, changes are kept and written later. A
    finished trial is logged as a whole in any case.
    """

    def __init__(self, tracker: LiveTracker, *, seconds: float = FLUSH_SECONDS) -> None:
        self._tracker, self._seconds = tracker, seconds
        self._unsent: dict[str, _Unsent] = {}
        self._last_step: dict[str, int] = {}
        self._logged_whole: set[str] = set()
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_unavailable = False

    def start(self, trial_id: str) -> None:
        """Show a trial as running, at once."""
        self._logged_whole.discard(trial_id)
        self._change(trial_id, lambda unsent: setattr(unsent, "is_to_open", True))
        self._wake.set()

    def add_points(self, trial_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Show points of a trial's training curve."""
        self._change(trial_id, lambda unsent: unsent.points.extend(points))

    def end(self, trial_id: str, end: RunEnd, reason: str = "") -> None:
        """Show that a trial ended without results; `reason` is why a search has stopped it."""

        def change(unsent: _Unsent) -> None:
            unsent.end, unsent.reason = end, reason

        self._change(trial_id, change)
        self._wake.set()

    def drop(self, trial_id: str) -> None:
        """Forget the changes of a trial that is now logged whole; wait for a write in progress."""
        with self._flushing, self._lock:
            self._unsent.pop(trial_id, None)
            self._last_step.pop(trial_id, None)
            self._logged_whole.add(trial_id)

    def flush(self) -> None:
        """Write all changes; those that cannot be written are kept."""
        with self._flushing:
            pending = list(self._unsent)
        for trial_id in pending:
            with self._flushing:
                with self._lock:
                    unsent = self._unsent.pop(trial_id, None)
                if unsent is None:
                    continue
                try:
                    self._write(trial_id, unsent)
                except TrackingError as error:
                    self._keep(trial_id, unsent)
                    # What arrived is unknown, and the run may be gone.
                    self._last_step.pop(trial_id, None)
                    if not self._is_unavailable:
                        _LOG.warning("%s; the curves of running trials are logged later", error)
                    self._is_unavailable = True
                    # The others would wait for the same server.
                    return
                self._is_unavailable = False

    def _write(self, trial_id: str, unsent: _Unsent) -> None:
        if unsent.is_to_open or trial_id not in self._last_step:
            self._last_step[trial_id] = self._tracker.open_trial(trial_id)
        last = self._last_step[trial_id]
        # A resume repeats the steps since its checkpoint.
        points = [point for point in unsent.points if int(point["step"]) > last]
        if points:
            self._tracker.log_points(trial_id, points)
            self._last_step[trial_id] = max(int(point["step"]) for point in points)
        if unsent.end is not None:
            self._tracker.close_trial(trial_id, unsent.end, unsent.reason)

    def _keep(self, trial_id: str, unsent: _Unsent) -> None:
        with self._lock:
            newer = self._unsent.get(trial_id, _Unsent())
            self._unsent[trial_id] = _Unsent(
                points=[*unsent.points, *newer.points][-_MAX_POINTS_KEPT:],
                is_to_open=unsent.is_to_open or newer.is_to_open,
                end=newer.end or (None if newer.is_to_open else unsent.end),
                reason=newer.reason or unsent.reason,
            )

    def _change(self, trial_id: str, change: Callable[[_Unsent], None]) -> None:
        with self._lock:
            if trial_id in self._logged_whole:
                # A late report of its training would open the run again.
                return
            change(self._unsent.setdefault(trial_id, _Unsent()))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._seconds)
            self._wake.clear()
            self.flush()
