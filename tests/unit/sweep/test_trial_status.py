"""Status files, training curves and the lock of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from planned_sweeps import plan_of

from codem_ray.storage import Storage
from codem_ray.sweep.trial_status import (
    StatusWriter,
    TrialState,
    TrialStatus,
    append_curve,
    exclusive_run,
    is_run_active,
    read_curve,
    read_statuses,
    with_stopped,
)


def test_a_running_trial_of_a_killed_run_is_shown_as_stopped(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    running = TrialStatus(trial_id="x", state=TrialState.RUNNING, updated_at=1000.0)

    def state(is_active: bool | None, now: float) -> str:
        return with_stopped([running], is_active=is_active, now=now)[0].state

    assert is_run_active(storage) is False
    with exclusive_run(storage):
        assert is_run_active(storage) is True
    assert is_run_active(storage) is False
    assert state(True, 9e9) == TrialState.RUNNING
    assert state(False, 1001.0) == TrialState.STOPPED
    assert (state(None, 1001.0), state(None, 9e9)) == (TrialState.RUNNING, TrialState.STOPPED)


def test_a_step_repeated_after_a_resume_counts_once(tmp_path: Path) -> None:
    for step, loss in ((1, 3.0), (2, 2.0), (3, 1.0), (2, 2.0), (3, 1.5)):
        append_curve(tmp_path, {"step": step, "loss": loss})
    with (tmp_path / "curve.jsonl").open("a") as stream:
        stream.write('{"step": 4, "lo')
    assert read_curve(tmp_path) == [
        {"step": 1, "loss": 3.0},
        {"step": 2, "loss": 2.0},
        {"step": 3, "loss": 1.5},
    ]


def test_a_trial_without_a_status_file_is_waiting(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    plan = plan_of()
    StatusWriter(storage, plan.trials[0].trial_id).update(
        is_urgent=True, state=TrialState.DONE, stage="done", step=4
    )
    statuses = read_statuses(storage, plan)
    assert (statuses[0].state, statuses[0].step) == (TrialState.DONE, 4)
    assert statuses[1].state == "waiting"


def test_the_time_left_is_estimated_from_the_progress_of_the_stage() -> None:
    status = TrialStatus(
        trial_id="x",
        state=TrialState.RUNNING,
        stage="train",
        step=10,
        steps=40,
        stage_started_at=100.0,
    )
    assert status.seconds_left(now=120.0) == pytest.approx(60.0)
    assert (
        TrialStatus(trial_id="x", state=TrialState.RUNNING, stage="train").seconds_left(1.0) is None
    )
