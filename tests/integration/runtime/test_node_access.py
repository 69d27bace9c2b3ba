"""Ray nodes on this machine, of which one has no access to the object store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import BUCKET, S3Server, s3_server

pytestmark = pytest.mark.ray

SCRIPT = """
import os
import sys
from ray.cluster_utils import Cluster
import ray

options = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=options)
cluster.add_node(**options, env_vars={"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"})
os.environ["RAY_ADDRESS"] = cluster.address
ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")

from codem_ray.config import parse_sweep
from codem_ray.errors import CodemError
from codem_ray.runtime.sweep_nodes import check_cluster
from codem_ray.sweep.planning import storage_of

local, remote = sys.argv[1:]
for path, is_shared, uri in (
    (local, False, "http://127.0.0.1:5000"),
    (remote, False, f"sqlite:///{local}/mlflow.db"),
    (local, True, f"sqlite:///{local}/mlflow.db"),
    (remote, False, "http://127.0.0.1:5000"),
):
    sweep = parse_sweep(
        {
            "name": "tiny",
            "base_model": {"path": "starter"},
            "sources": ["base"],
            "data": {"corpora": [{"path": "starter"}]},
            "evaluation": {
                "benchmarks": ["starter-python"],
                "sandbox": "process-without-isolation",
            },
            "storage": {"path": path, "is_shared": is_shared},
            "tracking": {"uri": uri},
        },
        [],
        "a test",
    )
    storage = storage_of(sweep)
    storage.write_bytes("plan.json", b"{}")
    try:
        decision = check_cluster(sweep)
        decision.check()
        answer = "; ".join(decision.messages()) or "ok"
    except CodemError as error:
        answer = f"{int(error.exit_code)} {error}"
    print("ANSWER", answer.replace("\\n", " "), flush=True)
    assert storage.names("", ".node-check*") == []
ray.shutdown()
cluster.shutdown()
"""
JOINING = """
import os
import sys
import time
from ray.cluster_utils import Cluster
import ray

options = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=options)
ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")

from codem_ray.runtime.node_checks import NodeGuard, check_nodes
from codem_ray.storage import Storage
from codem_ray.sweep.node_needs import NodeNeeds, NodeUse

folders = [Storage(sys.argv[1])]
needs = NodeNeeds(
    targets=("python",), sandbox="process-without-isolation", engine="transformers"
)
decision = check_nodes(needs, folders)
decision.check()
guard = NodeGuard.start(decision, folders)
logged = []
with guard.checking_joined_nodes(logged.append):
    whole = cluster.add_node(**options).node_id
    away = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}
    cut_off = cluster.add_node(**options, env_vars=away).node_id
    while not logged:
        time.sleep(0.5)
for use in (NodeUse.EXECUTE, NodeUse.GENERATE):
    assert not guard.admit(use, [whole])
assert not guard.admit(NodeUse.EXECUTE, [cut_off])
assert "does not answer" in guard.admit(NodeUse.GENERATE, [cut_off])[cut_off]
assert guard.selector(NodeUse.EXECUTE) == {}

@ray.remote(num_cpus=0, scheduling_strategy="SPREAD")
def node():
    return ray.get_runtime_context().get_node_id()

places = [node.options(label_selector=guard.selector(NodeUse.GENERATE)).remote() for _ in range(9)]
assert cut_off not in ray.get(places)
print("LOGGED", len(logged), logged[0], flush=True)
ray.shutdown()
cluster.shutdown()
"""
TIMEOUT_SECONDS = 540


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


def run(script: str, *arguments: str, folder: Path, server: S3Server) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=os.environ
        | server.environment
        | {"CODEM_RAY_CACHE": str(folder / "node"), "RAY_raylet_start_wait_time_s": "300"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_node_that_joins_without_access_is_left_out_and_logged_once(
    tmp_path: Path, server: S3Server
) -> None:
    output = run(JOINING, f"s3://{BUCKET}/joining", folder=tmp_path, server=server)
    assert f"LOGGED 1 s3://{BUCKET}/joining cannot be read and written" in output
    assert "training workers and generators do not run there" in output


def test_nodes_without_access_are_named_and_local_paths_are_refused(
    tmp_path: Path, server: S3Server
) -> None:
    paths = (str(tmp_path / "runs"), f"s3://{BUCKET}/runs")
    output = run(SCRIPT, *paths, folder=tmp_path, server=server)
    lines = [line for line in output.splitlines() if line.startswith("ANSWER ")]
    unshared, database, shared, unreachable = (line.removeprefix("ANSWER ") for line in lines)
    assert unshared.startswith(f"2 storage.path leads to {tmp_path}/runs/tiny, a folder of this")
    assert "the cluster has 2 nodes (" in unshared
    assert shared == "ok"
    assert database.startswith(f"2 tracking.uri is sqlite:///{tmp_path}/runs/mlflow.db, a file")
    assert unreachable.startswith(f"s3://{BUCKET}/runs/tiny cannot be read and written (")
    assert 'does not answer (Could not connect to the endpoint URL: "http://127' in unreachable
    assert "generators do not run there; give the node the same access as" in unreachable
    assert unreachable.count("cannot be read and written") == 1
