"""Models of the hub: one commit for a sweep, one download for a node, by the hub's real client."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub

NAME = "tiny/coder"
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": bytes(1 << 20),
    "tokenizer.json": b"{}",
}
_FOLDER = f"""
from codem_ray.models.hub import hub_commit, model_folder
commit = hub_commit("{NAME}", None)
folder = model_folder("{NAME}", commit)
print(commit, folder.name, (folder / "model.safetensors").stat().st_size)
"""
_SWEEP = f"""
import sys
from dataclasses import replace
from codem_ray.storage import Storage
from codem_ray.sweep.model_commits import resolve_commits, with_commits
from planned_sweeps import plan_of
plan = plan_of(sources=["base"])
trials = tuple(replace(trial, model="{NAME}", revision=None) for trial in plan.trials)
storage = Storage(sys.argv[2])
change = resolve_commits if sys.argv[1] == "run" else with_commits
print({{trial.revision for trial in change(storage, replace(plan, trials=trials)).trials}})
print([trial.trial_id for trial in trials])
"""


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    hub = FakeHub(NAME)
    hub.push(FILES)
    with hub.serving():
        yield hub


def start(hub: FakeHub, home: Path, code: str, *arguments: str) -> subprocess.Popen[str]:
    # The client reads the address of the hub when it is imported.
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home)}
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN"):
        environment.pop(name, None)
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    text, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    return text


def test_the_workers_of_a_node_download_a_model_once(hub: FakeHub, tmp_path: Path) -> None:
    workers = [start(hub, tmp_path, _FOLDER) for _ in range(3)]
    printed = [output(worker) for worker in workers]
    assert set(printed) == {f"{hub.main} {hub.main} {1 << 20}\n"}
    assert set(hub.downloads.values()) == {1}
    assert len(hub.downloads) == len(FILES)


def test_a_branch_that_moves_during_a_sweep_changes_no_trial(hub: FakeHub, tmp_path: Path) -> None:
    storage, first = str(tmp_path / "sweep"), hub.main
    begun = output(start(hub, tmp_path, _SWEEP, "run", storage))
    hub.push(FILES | {"config.json": b'{"model_type": "qwen2"}'})
    resumed = output(start(hub, tmp_path, _SWEEP, "run", storage))
    assert begun == resumed
    assert str({first}) in begun
    later = output(start(hub, tmp_path, _SWEEP, "run", str(tmp_path / "other")))
    assert str({hub.main}) in later
    # The id of a trial does not depend on the commit.
    assert later.splitlines()[1:] == begun.splitlines()[1:]


def test_a_finished_sweep_needs_no_hub(hub: FakeHub, tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep")
    output(start(hub, tmp_path, _SWEEP, "run", storage))
    unreachable = FakeHub(NAME)
    unreachable.url = "http://127.0.0.1:9"
    assert str({hub.main}) in output(start(unreachable, tmp_path, _SWEEP, "report", storage))
