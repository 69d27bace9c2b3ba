"""`codem-ray ls runs` lists what a storage holds."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from finished_sweep import FinishedSweep

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode
from codem_ray.sweep.trial_status import StatusWriter, TrialState


def runs(place: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert main(["ls", "runs", str(place), "--json"]) == 0
    return {run["name"]: run for run in json.loads(capsys.readouterr().out)["runs"]}


def test_state_trials_size_and_date_of_every_sweep_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FinishedSweep(str(tmp_path), name="first").write()
    other = FinishedSweep(str(tmp_path), name="other").write()
    shutil.rmtree(other.cells[-1].execute_stage(other.storage).uri)
    (tmp_path / "_cache" / "data").mkdir(parents=True)
    (tmp_path / "_cache" / "data" / "pairs").write_bytes(b"p" * 2000)
    (tmp_path / "mlflow.db").write_bytes(b"")
    assert main(["ls", "runs", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    header, _, *rows, _, cache = text.splitlines()
    assert header.split() == ["sweep", "state", "problems", "trials", "cells", "size", "changed"]
    # The sweep that changed last comes first.
    assert [row.split()[:6] for row in rows] == [
        ["other", "incomplete", "first", "3", "1/2", "5/6"],
        ["first", "complete", "first", "3", "2/2", "6/6"],
    ]
    assert cache.startswith("2.0 kB in the cache")
    found = runs(tmp_path, capsys)
    size = sum(path.stat().st_size for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert found["first"]["num_bytes"] == size
    assert found["first"]["changed_at"] <= found["other"]["changed_at"]
    assert runs(tmp_path / "first", capsys).keys() == {"first"}


def test_a_sweep_is_running_failed_or_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = FinishedSweep(str(tmp_path)).write()
    with Path(sweep.storage.root, ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert runs(tmp_path, capsys)["planned"]["state"] == "running"
    cell = sweep.cells[-1]
    StatusWriter(sweep.storage, cell.trial.trial_id).update(state=TrialState.FAILED)
    assert runs(tmp_path, capsys)["planned"]["state"] == "complete"
    shutil.rmtree(cell.execute_stage(sweep.storage).uri)
    assert runs(tmp_path, capsys)["planned"]["state"] == "failed"
    sweep.storage.write_bytes("plan.json", b"{")
    assert main(["ls", "runs", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "planned  unreadable" in printed.out
    assert "planned: " in printed.err
    assert "is damaged" in printed.err


def test_a_run_with_a_limit_has_a_row_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FinishedSweep(str(tmp_path), **{"evaluation.limit": None}).write()
    FinishedSweep(str(tmp_path), **{"storage.suffix": "limit-3"}).write()
    assert main(["ls", "runs", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["runs"]
    assert sorted(str(run["limit"]) for run in found) == ["3", "None"]
    assert all(run["state"] == "complete" for run in found)


def test_a_storage_without_sweeps_and_a_storage_for_another_list_exit_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ls", "runs", str(tmp_path)]) == ExitCode.CONFIG
    assert "holds no sweep" in capsys.readouterr().err
    assert main(["ls", "runs", str(tmp_path / "absent")]) == ExitCode.CONFIG
    assert "holds no sweep" in capsys.readouterr().err
    assert main(["ls", "languages", str(tmp_path)]) == ExitCode.CONFIG
    assert "ls languages takes no storage" in capsys.readouterr().err
