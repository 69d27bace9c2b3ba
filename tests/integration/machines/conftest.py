"""A cluster of two machines for a module's tests, and undisturbed runs to compare with."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from cluster_sweep import RUN_SECONDS, SWEEP, ClusterSweep, Undisturbed
from machines import missing_for_machines
from ray_rig import RayRig, ray_rig
from scenario_ledger import ScenarioLedger

_LEDGER = pytest.StashKey[ScenarioLedger]()


@pytest.fixture(scope="session")
def machines_possible() -> None:
    """Skip on hosts that cannot have machines of namespaces."""
    if reason := missing_for_machines():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def rig(machines_possible: None) -> Iterator[RayRig]:
    """A head without CPUs and two workers with one CPU each."""
    with ray_rig({"node1": 1, "node2": 1}) as rig:
        yield rig


@pytest.fixture(autouse=True)
def no_job_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """End the jobs of a test, so that those of a failed one do not hold CPUs of the next."""
    rig = request.getfixturevalue("rig") if "rig" in request.fixturenames else None
    yield
    if rig is not None:
        rig.end_jobs()


@pytest.fixture(scope="module")
def undisturbed(rig: RayRig, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The first run on the cluster."""
    sweep = ClusterSweep.create(rig, "plain", tmp_path_factory.mktemp("plain"))
    started = time.monotonic()
    job = sweep.submit()
    assert job.wait(RUN_SECONDS) == 0, job.log()
    return Undisturbed(sweep, job, time.monotonic() - started)


@pytest.fixture(scope="session")
def laptop_matrix(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The matrix of the same sweep on this machine, without a cluster."""
    folder = tmp_path_factory.mktemp("laptop")
    (folder / "tiny.yaml").write_text(SWEEP)
    command = [sys.executable, "-m", "codem_ray", "run", "tiny.yaml"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=RUN_SECONDS)
    with (folder / "runs/tiny/report/transfer_matrix.csv").open() as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> ScenarioLedger:
    """Where scenarios record what they cost."""
    return request.config.stash.setdefault(_LEDGER, ScenarioLedger())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the ledger."""
    if ledger := config.stash.get(_LEDGER, None):
        terminalreporter.section("scenarios on the cluster")
        for line in ledger.lines:
            terminalreporter.write_line(line)
