"""The object store or MLflow unavailable for two minutes while a sweep runs on two machines."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cluster_sweep import RUN_SECONDS, ClusterSweep, Undisturbed
from ray_rig import RayRig
from scenario_ledger import ScenarioLedger

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.toolchain]

AWAY_SECONDS = 120.0


@pytest.mark.parametrize("service", ["store", "mlflow"])
@pytest.mark.parametrize("stage", ["start", "train", "generate", "execute"])
def test_a_service_away_for_two_minutes_costs_time_only(
    service: str,
    stage: str,
    undisturbed: Undisturbed,
    rig: RayRig,
    ledger: ScenarioLedger,
    tmp_path: Path,
) -> None:
    sweep = ClusterSweep.create(rig, f"{service}-{stage}", tmp_path)
    started = time.monotonic()
    job = sweep.submit()
    if stage == "start":
        job.wait_for(lambda: bool(sweep.keys()), "its first object")
    else:
        job.wait_for(sweep.is_in(stage), stage)
    with rig.machines[service].cut_off():
        time.sleep(AWAY_SECONDS)
    assert job.wait(RUN_SECONDS) == 0, job.log()
    seconds = time.monotonic() - started
    ledger.record_loss(
        sweep.name, seconds=seconds, undisturbed=undisturbed.seconds, away=AWAY_SECONDS
    )
    assert sweep.matrix() == undisturbed.sweep.matrix()
    assert sweep.logged() == undisturbed.sweep.logged()
