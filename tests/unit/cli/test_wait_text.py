"""What a trial waits for is shown by `status` and in the log of a run."""

from __future__ import annotations

import pytest

from codem_ray.cli.status import status_text
from codem_ray.cli.sweep_progress import _describe
from codem_ray.sweep.trial_status import TrialState, TrialStatus

WAITS = TrialStatus(
    trial_id="a",
    state=TrialState.RUNNING,
    stage="wait",
    waits_for="waits for 8 x 1 GPU for training: 2 of 5 in the queue",
    stage_started_at=86_400.0,
)


def test_the_reason_of_a_wait_and_its_start_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert _describe(WAITS) == "a: waits for 8 x 1 GPU for training: 2 of 5 in the queue"
    text = status_text([WAITS], now=90_000.0)
    assert "a: waits for 8 x 1 GPU for training: 2 of 5 in the queue (since 1970-01-0" in text


def test_a_trial_of_a_killed_run_waits_for_nothing() -> None:
    killed = TrialStatus(trial_id="a", state=TrialState.STOPPED, waits_for=WAITS.waits_for)
    assert "waits" not in status_text([killed], now=90_000.0)
