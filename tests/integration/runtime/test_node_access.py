"""Two Ray nodes on this machine, of which the second has no access to the object store."""

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
from codem_ray.runtime.node_storage import check_node_storage
from codem_ray.sweep.planning import storage_of

local, remote = sys.argv[1:]
for path, is_shared, uri in (
    (local, False, "http://127.0.0.1:5000"),
    (local, True, "http://127.0.0.1:5000"),
    (local, True, f"sqlite:///{local}/mlflow.db"),
    (remote, False, f"sqlite:///{local}/mlflow.db"),
    (remote, False, "http://127.0.0.1:5000"),
):
    sweep = parse_sweep(
        {
            "name": "tiny",
            "base_model": {"path": "starter"},
            "sources": ["base"],
            "data": {"corpora": [{"path": "starter"}]},
            "evaluation": {"benchmarks": ["starter-python"]},
            "storage": {"path": path, "is_shared": is_shared},
        },
        [],
        "a test",
    )
    storage = storage_of(sweep)
    storage.write_bytes("plan.json", b"{}")
    try:
        check_node_storage(sweep, storage, uri)
        answer = "ok"
    except CodemError as error:
        answer = f"{int(error.exit_code)} {error}"
    print("ANSWER", answer.replace("\\n", " "), flush=True)
    assert storage.names("", ".node-check*") == []
ray.shutdown()
cluster.shutdown()
"""
TIMEOUT_SECONDS = 540


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


def test_nodes_without_access_are_named_and_local_paths_are_refused(
    tmp_path: Path, server: S3Server
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "runs"), f"s3://{BUCKET}/runs"],
        cwd=tmp_path,
        env=os.environ
        | server.environment
        | {"CODEM_RAY_CACHE": str(tmp_path / "node"), "RAY_raylet_start_wait_time_s": "300"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    unshared, shared, shared_database, database, unreachable = (
        line.removeprefix("ANSWER ") for line in lines
    )
    assert unshared.startswith(f"2 storage.path leads to {tmp_path}/runs/tiny, a folder of this")
    assert "the cluster has 2 nodes (" in unshared
    assert (shared, shared_database) == ("ok", "ok")
    assert database.startswith(f"2 tracking.uri is sqlite:///{tmp_path}/runs/mlflow.db, a file")
    assert unreachable.startswith(
        f"3 s3://{BUCKET}/runs/tiny cannot be read and written on 1 of 2 nodes"
    )
    assert 'does not answer (Could not connect to the endpoint URL: "http://127' in unreachable
