"""Submitted sweeps on a cluster that starts without worker nodes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_sweep import FILE, RUN_SECONDS, ClusterSweep
from fake_autoscaler import MAX_WORKERS, node_times, start_autoscaling_head
from machines import HOME
from ray_rig import RayRig, services_rig
from scenario_ledger import ScenarioLedger
from waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.toolchain]

SHRINK_SECONDS = 300.0


@pytest.fixture
def bare_rig(machines_possible: None) -> Iterator[RayRig]:
    """Services, and machines on which Ray is not started."""
    with services_rig(["node1"]) as rig:
        yield rig


def test_a_cluster_grows_from_no_worker_to_three_and_back(
    bare_rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    start_autoscaling_head(bare_rig, {"CPU": 1})
    sweep = ClusterSweep.create(bare_rig, "grown", tmp_path)
    submitted = time.time()
    shutil.copy(sweep.folder / FILE, bare_rig.head.folder / "home")
    # Ray 2.60 keeps the maxima of its autoscaler's node types to itself.
    command = ["codem-ray", "run", FILE, "--set", f"cluster.max_nodes={MAX_WORKERS + 1}"]
    # The fake nodes share the head's session folder, and each that starts deletes the working
    # directories of jobs in it.
    job = bare_rig.submit(None, "env", "-C", str(HOME), *command, name=sweep.name)
    assert job.wait(2 * RUN_SECONDS) == 0, job.log()
    ended = time.time()
    wait_for(lambda: not node_times(bare_rig).now(), "no node is left", seconds=SHRINK_SECONDS)
    times = node_times(bare_rig)
    total, idle = times.node_seconds()
    first = ", ".join(
        f"{number} after {times.first(number) - submitted:.0f} s"
        for number in range(1, times.most() + 1)
    )
    ledger.record(
        "grown",
        f"nodes {first}; sweep {ended - submitted:.0f} s; none "
        f"again {times.samples[-1][0] - ended:.0f} s later; {total:.0f} node-seconds, "
        f"{idle:.0f} of them without a CPU in use",
    )
    assert times.most() == MAX_WORKERS
    assert len(sweep.matrix()) == 6


def test_a_sweep_whose_gpus_do_not_exist_yet_waits_for_them(
    bare_rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    bare_rig.start_head()
    sweep = ClusterSweep.create(bare_rig, "waiting", tmp_path)
    settings = ["resources.gpus_per_worker=1", "cluster.max_gpus=2", "cluster.max_nodes=2"]
    job = sweep.submit(1, *(part for setting in settings for part in ("--set", setting)))
    job.wait_for(lambda: bool(waits(sweep)), "a trial that waits")
    ledger.record("waiting", "; ".join(waits(sweep)))
    assert all("GPU" in reason for reason in waits(sweep))
    submitted = time.monotonic()
    bare_rig.start_worker("node1", num_cpus=2, num_gpus=2)
    # Without a real GPU nothing more can be seen than that a trial gets them.
    job.wait_for(lambda: len(waits(sweep)) < len(sweep.statuses()), "a trial that runs")
    ledger.record("waiting", f"a trial had its GPUs {time.monotonic() - submitted:.0f} s later")
    job.stop()
    job.wait(60)


def waits(sweep: ClusterSweep) -> list[str]:
    """Return what its trials wait for."""
    return [status["waits_for"] for status in sweep.statuses() if status["waits_for"]]
