"""Submitted sweeps on two machines without a common folder, undisturbed and interrupted."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from cluster_sweep import RUN_SECONDS, ClusterSweep, Undisturbed
from ray_rig import RayRig
from scenario_ledger import ScenarioLedger

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.toolchain]

CLEAN_SECONDS = 60.0
"""Longest time that anything of an ended run may stay."""


def test_a_submitted_sweep_ends_in_the_matrix_of_a_laptop(
    undisturbed: Undisturbed,
    laptop_matrix: list[dict[str, str]],
    rig: RayRig,
    ledger: ScenarioLedger,
) -> None:
    ledger.record("undisturbed", f"{undisturbed.seconds:.0f} s from submit to matrix")
    assert undisturbed.sweep.matrix() == laptop_matrix
    assert_clean(rig, ledger, "undisturbed")


def test_a_job_stopped_halfway_continues_with_the_same_command(
    undisturbed: Undisturbed, rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    sweep = ClusterSweep.create(rig, "stopped", tmp_path)
    started = time.monotonic()
    job = sweep.submit()
    job.wait_for(sweep.is_in("train", 4), "training")
    job.stop()
    job.wait(60)
    assert_clean(rig, ledger, "stopped")
    assert sweep.submit(2).wait(RUN_SECONDS) == 0
    finish(sweep, undisturbed, ledger, started)


@pytest.mark.parametrize("stage", ["train", "generate", "execute"])
def test_a_node_killed_in_a_stage_costs_time_only(
    stage: str, undisturbed: Undisturbed, rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    sweep = ClusterSweep.create(rig, f"killed-in-{stage}", tmp_path)
    started = time.monotonic()
    job = sweep.submit()
    job.wait_for(sweep.is_in(stage, 4 if stage == "train" else 0), stage)
    victim = sweep.machine_of(stage)
    victim.kill()
    ledger.record(
        sweep.name, f"{victim.name} killed {time.monotonic() - started:.0f} s after start"
    )
    rig.revive(victim.name)
    assert job.wait(RUN_SECONDS) == 0, job.log()
    finish(sweep, undisturbed, ledger, started)
    assert_clean(rig, ledger, sweep.name)


def test_a_node_cut_off_in_training_costs_time_only(
    undisturbed: Undisturbed, rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    sweep = ClusterSweep.create(rig, "cut-off", tmp_path)
    started = time.monotonic()
    job = sweep.submit()
    job.wait_for(sweep.is_in("train", 4), "training")
    victim = rig.workers["node2"]
    with victim.cut_off():
        # Ray gives a silent node up after less than this.
        time.sleep(90)
    victim.kill()
    rig.revive(victim.name)
    assert job.wait(RUN_SECONDS) == 0, job.log()
    finish(sweep, undisturbed, ledger, started, away=90)
    assert_clean(rig, ledger, sweep.name)


def test_a_killed_driver_leaves_nothing_and_the_same_command_continues(
    undisturbed: Undisturbed, rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    sweep = ClusterSweep.create(rig, "driverless", tmp_path)
    started = time.monotonic()
    job = sweep.submit()
    job.wait_for(sweep.is_in("train", 4), "training")
    drivers = [
        pid
        for pid, line in rig.head.processes().items()
        if "codem-ray run" in line and "python" in line
    ]
    for pid in drivers:
        os.kill(pid, signal.SIGKILL)
    assert job.wait(60) != 0
    assert_clean(rig, ledger, sweep.name)
    second = sweep.submit(2)
    assert second.wait(RUN_SECONDS) == 0, second.log()
    finish(sweep, undisturbed, ledger, started)


def test_two_sweeps_share_the_cluster(
    undisturbed: Undisturbed, rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    started = time.monotonic()
    sweeps = [ClusterSweep.create(rig, name, tmp_path) for name in ("beside-a", "beside-b")]
    jobs = [sweep.submit() for sweep in sweeps]
    for job in jobs:
        assert job.wait(2 * RUN_SECONDS) == 0, job.log()
    for sweep in sweeps:
        finish(sweep, undisturbed, ledger, started)
    assert_clean(rig, ledger, "two sweeps")


def test_a_second_run_of_a_sweep_is_refused_and_names_the_first(
    rig: RayRig, tmp_path: Path
) -> None:
    sweep = ClusterSweep.create(rig, "doubled", tmp_path)
    first = sweep.submit()
    first.wait_for(lambda: bool(sweep.statuses()), "the first trial")
    second = sweep.submit(2)
    assert second.wait(RUN_SECONDS) == 2
    assert "another `codem-ray run` is active" in second.log()
    assert rig.head.name in second.log()
    first.stop()
    first.wait(60)


def finish(
    sweep: ClusterSweep,
    undisturbed: Undisturbed,
    ledger: ScenarioLedger,
    started: float,
    away: float = 0.0,
) -> None:
    """Compare a run's matrix with the undisturbed one and record the time."""
    seconds = time.monotonic() - started
    ledger.record_loss(sweep.name, seconds=seconds, undisturbed=undisturbed.seconds, away=away)
    assert sweep.matrix() == undisturbed.sweep.matrix()


def assert_clean(rig: RayRig, ledger: ScenarioLedger, scenario: str) -> None:
    """Record how long anything of a run stayed, and fail if it was too long."""
    seconds, remains = rig.seconds_until_clean(CLEAN_SECONDS)
    ledger.record_remains(scenario, seconds, remains)
    assert remains.is_clean(), remains
