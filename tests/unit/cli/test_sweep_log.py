"""The log of a run without a terminal counts trials and tells the time left in every line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from finished_sweep import FinishedSweep

from codem_ray.cli import sweep_progress
from codem_ray.sweep.trial_status import StatusWriter, TrialState

LINE = re.compile(
    r"\[\d\d:\d\d:\d\d\] \[?\d/2 trials done, \d+ % of the work"
    r"(, (time left unknown before the first steps|\S+ \S+ left))?"
)


def wait_for(capsys: pytest.CaptureFixture[str], is_there: Callable[[str], bool]) -> str:
    text, give_up_at = "", time.monotonic() + 60
    while not is_there(text):
        assert time.monotonic() < give_up_at, text
        time.sleep(0.02)
        text += capsys.readouterr().err
    return text


def test_every_line_counts_trials_and_tells_the_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep_progress, "POLL_SECONDS", 0.02)
    sweep = FinishedSweep(str(tmp_path))
    base, tuned = sweep.plan.trials
    text = ""
    with sweep_progress.sweep_progress(sweep.storage, sweep.plan):
        text += wait_for(capsys, lambda text: "0/2 trials done" in text)
        writer = StatusWriter(sweep.storage, tuned.trial_id)
        writer.update(
            state=TrialState.RUNNING, stage="train", step=3, steps=tuned.steps, is_urgent=True
        )
        text += wait_for(capsys, lambda text: ": train, step 3/" in text)
        StatusWriter(sweep.storage, base.trial_id).update(
            state=TrialState.DONE, stage="done", is_urgent=True
        )
        text += wait_for(capsys, lambda text: "1/2 trials done" in text)
    text += capsys.readouterr().err
    lines = text.splitlines()
    assert len(lines) >= 3
    assert all(map(LINE.match, lines)), text
    assert "time left unknown before the first steps" in lines[0]
    assert lines[-1].count(" left] ") == 1
