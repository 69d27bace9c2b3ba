"""Estimate the time left in a sweep from the share of its work that the present run has done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codem_ray.sweep.trial_status import TrialState, TrialStatus

_TRAINED = {
    "train": (0.0, 0.65),
    "loss": (0.65, 0.05),
    "generate": (0.7, 0.25),
    "execute": (0.95, 0.04),
    "track": (0.99, 0.0),
}
_UNTRAINED = {
    "loss": (0.0, 0.1),
    "generate": (0.1, 0.75),
    "execute": (0.85, 0.14),
    "track": (0.99, 0.0),
}
"""Start and length of each stage, as shares of a trial's work: about those of the starter study.
The estimate becomes accurate as trials end."""
_ENDED = {TrialState.DONE, TrialState.FAILED, TrialState.STOPPED_EARLY}


def share_done(status: TrialStatus) -> float:
    """Return the part of a trial's work that is done, from 0 to 1; a failed trial has none left."""
    if status.state in _ENDED:
        return 1.0
    start, width = (_TRAINED if status.steps else _UNTRAINED).get(status.stage, (0.0, 0.0))
    done, total = (
        (status.step, status.steps)
        if status.stage == "train"
        else (status.problems_done, status.problems_total)
    )
    return start + width * (done / total if total else 0.0)


class TimeLeft:
    """Estimates the time left from the speed of this run, without the work done before it began."""

    def __init__(self, started_at: float) -> None:
        """`started_at` is in seconds since the epoch."""
        self._started_at = started_at
        self._at_start: Mapping[str, float] | None = None

    def seconds(self, statuses: Sequence[TrialStatus], now: float) -> float | None:
        """Return the seconds left; None before anything is done, and when nothing is left."""
        shares = {status.trial_id: share_done(status) for status in statuses}
        if self._at_start is None:
            self._at_start = shares
        # A trial that is tried again falls back behind its start.
        gained = sum(
            max(0.0, share - self._at_start.get(trial_id, 0.0))
            for trial_id, share in shares.items()
        )
        left = sum(1.0 - share for share in shares.values())
        if not gained or not left:
            return None
        return (now - self._started_at) / gained * left


def percent_done(statuses: Sequence[TrialStatus]) -> float:
    """Return the part of a sweep's work that is done, in percent."""
    return 100 * sum(map(share_done, statuses)) / len(statuses) if statuses else 0.0
