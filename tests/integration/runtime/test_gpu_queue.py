"""The queue with real placement groups, on GPUs that are declared to Ray."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.ray
SCRIPT = Path(__file__).parents[2] / "support" / "queue_on_ray.py"
TIMEOUT_SECONDS = 1800


def run(scenario: str, folder: Path, **environment: str) -> dict[str, Any]:
    """Run a scenario on a Ray of its own and return what it printed."""
    # A socket's path is at most 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="q-", dir="/tmp", ignore_cleanup_errors=True) as short:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(folder), scenario],
            env=os.environ
            | {"RAY_TMPDIR": short, "RAY_raylet_start_wait_time_s": "300"}
            | {"RAY_worker_niceness": "0"}
            | environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{scenario} ")]
    result: dict[str, Any] = json.loads(line.removeprefix(f"{scenario} "))
    assert result["gpus_left_in_use"] == 0
    return result


def test_trials_that_need_all_gpus_to_generate_take_turns(tmp_path: Path) -> None:
    result = run("rounds", tmp_path, ROUNDS="3")
    assert result["failures"] == []
    assert result["whole"] == 9


@pytest.mark.slow
def test_fifty_rounds_of_the_case_that_locked_have_no_timeout(tmp_path: Path) -> None:
    result = run("rounds", tmp_path)
    assert (result["failures"], result["whole"]) == ([], 150)


@pytest.mark.slow
def test_the_group_of_a_dead_process_is_free_again(tmp_path: Path) -> None:
    assert run("dead_process", tmp_path)["seconds"] < 60


def test_trials_that_train_in_turn_share_a_group_until_it_is_lost_or_needed(tmp_path: Path) -> None:
    assert run("kept", tmp_path)["groups"] == [0, 0, 2, 3, 4, 5, 6]


@pytest.mark.slow
def test_groups_are_handed_over_to_ray_train_and_generation_goes_between(tmp_path: Path) -> None:
    result = run("hand_over", tmp_path)
    assert (result["trained"], result["overlaps"]) == (3, 0)
    assert result["trained_after_generation"] >= 1


@pytest.mark.slow
def test_two_sweeps_on_one_cluster_take_turns_and_say_what_they_wait_for(tmp_path: Path) -> None:
    result = run("two_sweeps", tmp_path)
    assert sorted(result["order"]) == [0] * 4 + [1] * 4
    # The first turns may go to one sweep before the other has asked.
    assert result["changes"] >= 5
    assert any("other jobs of the cluster hold the rest" in reason for reason in result["reasons"])


def test_a_cluster_without_gpus_is_waited_for_and_given_up(tmp_path: Path) -> None:
    result = run("nodes_to_come", tmp_path)
    first = result["reasons"][0]
    assert first.startswith("waits for nodes: 4 x 1 CPU + 1 GPU for training do not fit on 1 node")
    assert len(result["seconds"]) == 2
    assert "cluster.start_timeout_minutes (0.05)" in result["error"]
