"""Programs on executors of both machines reach no service of the cluster."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from machines import ROOT
from ray_rig import RayRig
from scenario_ledger import ScenarioLedger

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.attack, pytest.mark.toolchain]


def test_programs_of_both_machines_reach_nothing_of_the_cluster(
    rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    rig.start_metadata_server()
    targets = {"hosts": rig.services(), "secret": rig.token}
    command = ["python", str(ROOT / "tests/support/cluster_attack.py"), json.dumps(targets)]
    job = rig.submit(tmp_path, *command, name=f"attack-{time.time():.0f}")
    assert job.wait(900) == 0, job.log()
    report = json.loads(job.log().splitlines()[-1])
    assert set(report["sandboxed"]) == set(report["weaker"]) == set(rig.workers)
    for outcomes in report["sandboxed"].values():
        assert set(outcomes.values()) == {"wrong_answer"}, report
    # Without isolation each of them reaches everything, so the targets are there.
    for outcomes in report["weaker"].values():
        assert set(outcomes.values()) == {"passed"}, report
    number, services = sum(map(len, report["sandboxed"].values())), len(rig.services())
    ledger.record("attacks", f"{number} programs reached none of {services} services")
