"""A node that the cluster takes away with a notice: training is saved and goes on elsewhere."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from local_cluster import local_cluster

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SUPPORT = Path(__file__).resolve().parents[2] / "support"


def test_a_notice_of_preemption_is_answered_with_a_checkpoint(tmp_path: Path) -> None:
    with local_cluster(workers=2) as cluster:
        paths = f"PYTHONPATH={SUPPORT}:{SUPPORT.parents[1]}"
        done = cluster.run(f"{paths} {sys.executable} {SUPPORT}/preempted_training.py {tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    facts = json.loads(line.removeprefix("RESULT "))
    assert facts["drained"]
    saved = re.fullmatch(
        r"preempted: the cluster is about to take node 127\.0\.0\.\d away; step (\d+) is saved",
        facts["notice"],
    )
    assert saved, facts
    # No checkpoint but the one of the notice was made.
    assert facts["resumed_from"] == int(saved[1]) > 2
    assert facts["steps"] > facts["resumed_from"]
