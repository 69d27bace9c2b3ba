"""The bundled quickstart as a job on two machines, compared with a run on this one."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cluster_sweep import ClusterSweep
from ray_rig import BUCKET, RayRig
from scenario_ledger import ScenarioLedger

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.toolchain]

WHOLE = "CODEM_RAY_WHOLE_MATRIX"
"""Variable with the transfer_matrix.csv of a whole quickstart; without it a part is run twice."""
PART = ["--set", "sources=[base, python]", "--limit", "5"]
SECONDS = 5400


def test_the_quickstart_as_a_job_ends_in_the_matrix_of_a_laptop(
    rig: RayRig, ledger: ScenarioLedger, tmp_path: Path
) -> None:
    expected = os.environ.get(WHOLE)
    options = [] if expected else PART
    sweep = ClusterSweep(rig, "quickstart", tmp_path)
    settings = [f"storage.path=s3://{BUCKET}/runs", f"tracking.uri={rig.mlflow_url}"]
    places = [part for setting in settings for part in ("--set", setting)]
    started = time.monotonic()
    command = ["codem-ray", "run", "quickstart", *options, *places]
    job = rig.submit(tmp_path, *command, name="quickstart")
    assert job.wait(SECONDS) == 0, job.log()
    ledger.record("quickstart", f"{time.monotonic() - started:.0f} s from submit to matrix")
    matrix = Path(expected) if expected else run_here(tmp_path, options)
    with matrix.open() as stream:
        assert sweep.matrix("" if expected else "limit-5") == list(csv.DictReader(stream))


def run_here(folder: Path, options: list[str]) -> Path:
    """Run the sweep without a cluster and return the path of its matrix."""
    command = [sys.executable, "-m", "codem_ray", "run", "quickstart", *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
    (matrix,) = folder.glob("runs/quickstart/report*/transfer_matrix.csv")
    return matrix
