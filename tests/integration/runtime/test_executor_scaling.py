"""Executors on a cluster of two nodes: scale out, scale in, avoid GPUs, survive a lost node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.ray

SCRIPT = """
import dataclasses
import sys
import threading
import time

import ray
from ray.cluster_utils import Cluster

sys.path.insert(0, sys.argv[1])
import scripted
ray.cloudpickle.register_pickle_by_value(scripted)

from codem_ray.config import ResourcesConfig
from codem_ray.records import Job, Outcome, Problem
from codem_ray.runtime.cluster_view import executor_nodes
from codem_ray.sweep.executor_policy import pool_size
from codem_ray.runtime.executors import ExecutorPool

options = {"object_store_memory": 80_000_000, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **options})
gpu = cluster.add_node(num_cpus=4, num_gpus=2, **options)
ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
resources = ResourcesConfig(workers=2, gpus_per_worker=1, executors=3)


def jobs(count, answer="slow"):
    problem = Problem(
        benchmark="b", task_id="b", language="python", prompt="", instruction="", tests=""
    )
    return [Job(problem=problem, answer=answer) for _ in range(count)]


def wait_for(name, **expected):
    give_up_at = time.monotonic() + 120
    while any((found := pool.members())[key] != value for key, value in expected.items()):
        assert time.monotonic() < give_up_at, (name, found)
        time.sleep(0.2)
    print(f"{time.monotonic() - started:5.1f} s {name}: {found}", flush=True)


def execute(count):
    outcomes.extend(verdict.outcome for verdict in pool.execute(jobs(count)))


outcomes, started = [], time.monotonic()
size = pool_size(executor_nodes(), resources, is_own_ray=False, may_grow=True)
size = dataclasses.replace(size, idle_seconds=3.0)
with ExecutorPool.start(
    scripted.ScriptedExecutor, size, resources=resources, may_grow=True
) as pool:
    wait_for("without work", starting=0, ready=0)
    thread = threading.Thread(target=execute, args=(200,))
    thread.start()
    wait_for("no node without GPUs", starting=3, ready=0)
    time.sleep(3)
    wait_for("still none", starting=3, ready=0)
    cpu = cluster.add_node(num_cpus=4, **options)
    wait_for("scaled out", busy=3, by_node={cpu.node_id: 3})
    cluster.remove_node(cpu, allow_graceful=False)
    wait_for("node lost", ready=0)
    cpu = cluster.add_node(num_cpus=4, **options)
    wait_for("replaced", busy=3, by_node={cpu.node_id: 3})
    thread.join()
    wait_for("scaled in", starting=0, ready=0)
    pool.execute(jobs(1, "again"))
    wait_for("grown from none", ready=1)
assert outcomes == [Outcome.PASSED] * 200
ray.shutdown()
cluster.shutdown()
"""


@pytest.mark.slow
def test_executors_follow_the_work_and_the_nodes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
        cwd=tmp_path,
        env=os.environ | {"RAY_raylet_start_wait_time_s": "300"},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr
