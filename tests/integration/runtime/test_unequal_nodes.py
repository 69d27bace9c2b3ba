"""A cluster whose second node has neither bubblewrap nor gcc: nothing is executed there."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from bare_node import cluster_with_bare_node, missing_for_bare_node
from tiny_sweep import SWEEP

pytestmark = [pytest.mark.ray, pytest.mark.toolchain, pytest.mark.slow]

TIMEOUT_SECONDS = 540


@pytest.fixture(scope="module")
def cluster() -> Iterator[Mapping[str, str]]:
    if reason := missing_for_bare_node():
        pytest.skip(reason)
    with cluster_with_bare_node() as environment:
        yield environment


def codem_ray(
    *arguments: str, folder: Path, cluster: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codem_ray", *arguments],
        cwd=folder,
        env=cluster,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def test_doctor_names_what_the_second_node_lacks(
    tmp_path: Path, cluster: Mapping[str, str]
) -> None:
    (tmp_path / "tiny.yaml").write_text(SWEEP)
    shared = f"storage.path={tmp_path}/runs", "--set", "storage.is_shared=true"
    arguments = ("doctor", "--cluster", "tiny.yaml", "--set", *shared, "--json")
    done = codem_ray(*arguments, folder=tmp_path, cluster=cluster)
    assert done.returncode == 0, done.stderr
    whole, bare = json.loads(done.stdout)
    assert whole["uses"] == dict.fromkeys(("execute", "train", "generate"), "yes")
    assert whole["lacks"] == []
    assert bare["uses"] == {"execute": "no", "train": "yes", "generate": "yes"}
    texts = [lack["text"] for lack in bare["lacks"]]
    assert texts[0].startswith("the sandbox bubblewrap lacks bubblewrap (no `bwrap` on the path")
    assert "gcc (for C) is missing" in texts
    assert all(lack["remedy"] and lack["uses"] == ["execute"] for lack in bare["lacks"])


def test_a_sweep_executes_on_the_other_node_only(
    tmp_path: Path, cluster: Mapping[str, str]
) -> None:
    (tmp_path / "tiny.yaml").write_text(SWEEP)
    shared = f"storage.path={tmp_path}/runs", "--set", "storage.is_shared=true"
    arguments = ("run", "tiny.yaml", "--set", "sources=[base]", "--set", *shared)
    done = codem_ray(*arguments, folder=tmp_path, cluster=cluster)
    assert done.returncode == 0, done.stderr
    assert "gcc (for C) is missing on node " in done.stderr
    assert ": executors do not run there; apt-get install gcc" in done.stderr
    with (tmp_path / "runs/tiny/report/transfer_matrix.csv").open() as stream:
        cells = list(csv.DictReader(stream))
    assert {cell["target"] for cell in cells} == {"python", "c"}
    assert {cell["incomplete"] for cell in cells} == {"false"}
