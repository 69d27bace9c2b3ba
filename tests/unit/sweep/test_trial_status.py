"""Status files, training curves and the lock of a run."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from planned_sweeps import plan_of

from codem_ray.storage import Storage
from codem_ray.sweep.active_run import exclusive_run, is_run_active
from codem_ray.sweep.trial_status import (
    CurveWriter,
    StatusWriter,
    TrialState,
    TrialStatus,
    read_curve,
    read_statuses,
    with_stopped,
)


def test_a_running_trial_of_a_killed_run_is_shown_as_stopped(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    running = TrialStatus(trial_id="x", state=TrialState.RUNNING, updated_at=1000.0)

    def state(is_active: bool) -> str:
        return with_stopped([running], is_active=is_active)[0].state

    assert is_run_active(storage) is False
    with exclusive_run(storage):
        assert is_run_active(storage) is True
    assert is_run_active(storage) is False
    assert (state(True), state(False)) == (TrialState.RUNNING, TrialState.STOPPED)


def point(step: int, loss: float) -> dict[str, float]:
    return {"step": step, "loss": loss}


def test_a_step_repeated_after_a_resume_counts_once(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    CurveWriter(storage, "train").append([point(1, 3.0), point(2, 2.0)], is_urgent=False)
    CurveWriter(storage, "train").append([point(2, 2.0), point(3, 1.5)], is_urgent=False)
    with (tmp_path / "train" / "curve.jsonl").open("a") as stream:
        stream.write('{"step": 4, "lo')
    assert read_curve(storage, "train") == [point(1, 3.0), point(2, 2.0), point(3, 1.5)]


def test_a_curve_on_remote_storage_is_written_with_each_checkpoint_and_goes_on() -> None:
    storage = Storage(f"memory://{uuid.uuid4().hex}/runs")
    first = CurveWriter(storage, "train")
    first.append([point(1, 3.0)], is_urgent=True)
    first.append([point(2, 2.0)], is_urgent=False)
    assert read_curve(storage, "train") == [point(1, 3.0)]
    first.append([point(3, 1.0)], is_urgent=True)
    CurveWriter(storage, "train").append([point(3, 1.0), point(4, 0.5)], is_urgent=True)
    assert [found["step"] for found in read_curve(storage, "train")] == [1, 2, 3, 4]


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
