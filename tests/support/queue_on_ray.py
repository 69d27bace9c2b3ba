"""Scenarios of the queue with real placement groups on declared GPUs.

    python queue_on_ray.py FOLDER SCENARIO...

Each prints its name and a line of JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy
from waiting import wait_for

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.errors import ResourceError
from codem_ray.runtime.cluster_view import limits_of_cluster
from codem_ray.runtime.gpu_queue import GpuQueue, Grant
from codem_ray.sweep.queue_policy import Purpose

ROUNDS = int(os.environ.get("ROUNDS", "50"))
OPTIONS = {"object_store_memory": 80_000_000, "include_dashboard": False}


def start(
    cluster: ClusterConfig | None = None, *, keeps_training: bool = False, **resources: Any
) -> GpuQueue:
    values = ResourcesConfig(**{"workers": 4, "gpus_per_worker": 1, "generators": 4} | resources)
    config = cluster or ClusterConfig()
    limits = limits_of_cluster(config)
    return GpuQueue.start(values, config, limits, keeps_training=keeps_training)


@ray.remote(num_cpus=0, num_gpus=1, max_retries=0)
def engine() -> list[int]:
    """Return the GPU of a generator."""
    return [int(gpu) for gpu in ray.get_gpu_ids()]


def generate(grant: Grant, count: int) -> list[int]:
    """Start a generator in each bundle and return their GPUs."""
    references = [
        engine.options(
            scheduling_strategy=PlacementGroupSchedulingStrategy(
                grant.group, placement_group_bundle_index=index
            )
        ).remote()
        for index in range(count)
    ]
    return sorted(gpu for found in ray.get(references, timeout=120) for gpu in found)


def at_once(*calls: Callable[[], None], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Call all in threads of their own, and `meanwhile` in this one; wait for all."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()


def rounds() -> dict[str, Any]:
    """The case that locked: three trials with four generators each on four GPUs."""
    queue, failures, gpus, longest = start(), [], [], [0.0]

    def trial(name: str) -> None:
        started = time.monotonic()
        try:
            with queue.holding(name, Purpose.GENERATION) as grant:
                longest[0] = max(longest[0], time.monotonic() - started)
                gpus.append(generate(grant, 4))
        except Exception as error:
            failures.append(repr(error))

    for number in range(ROUNDS):
        at_once(*(lambda n=f"{number}-{at}": trial(n) for at in range(3)))
    whole = sum(found == [0, 1, 2, 3] for found in gpus)
    return {"failures": failures, "whole": whole, "longest_wait_seconds": round(longest[0], 2)}


def two_sweeps() -> dict[str, Any]:
    """Two sweeps with one queue each: whole groups, turns, and a reason for every wait."""
    queues = [start(), start()]
    order: list[int] = []
    reasons: set[str] = set()

    def trial(sweep: int, at: int) -> None:
        purpose = Purpose.TRAINING if at % 2 else Purpose.GENERATION
        with queues[sweep].holding(f"{at}", purpose, reasons.add):
            order.append(sweep)
            time.sleep(2.5)

    at_once(*(lambda s=s, at=at: trial(s, at) for s in range(2) for at in range(4)))
    changes = sum(a != b for a, b in itertools.pairwise(order))
    return {"order": order, "changes": changes, "reasons": sorted(reasons)}


def dead_process() -> dict[str, Any]:
    """A trial whose process dies while it holds all GPUs."""
    queue = start()

    @ray.remote(num_cpus=0)
    class Process:
        def hold(self, queue: GpuQueue) -> None:
            with queue.holding("dies", Purpose.TRAINING):
                time.sleep(600)

    process = Process.remote()
    process.hold.remote(queue)
    wait_for(lambda: not ray.available_resources().get("GPU"), "the process holds all GPUs")
    started = time.monotonic()
    ray.kill(process)
    with queue.holding("lives", Purpose.TRAINING):
        return {"seconds": round(time.monotonic() - started, 1)}


def kept() -> dict[str, Any]:
    """Trials that train in turn get one group, also while none waits; a lost one leaves none."""
    queue, groups = start(keeps_training=True), []

    @ray.remote(num_cpus=0)
    class Process:
        def hold(self, queue: GpuQueue, mark: Path | None = None) -> str:
            with queue.holding("dies", Purpose.TRAINING) as grant:
                if mark is not None:
                    mark.touch()
                    time.sleep(600)
                assert grant.group is not None
                return str(grant.group.id.hex())

    def hold(name: str, purpose: Purpose) -> None:
        with queue.holding(name, purpose) as grant:
            assert grant.group is not None
            groups.append(grant.group.id.hex())

    hold("first", Purpose.TRAINING)
    hold("second", Purpose.TRAINING)
    process, mark = Process.remote(), Path(FOLDER, "held")
    process.hold.remote(queue, mark)
    wait_for(mark.exists, "the process holds the group")
    ray.kill(process)
    # The next attempt is another process; the queue may not know yet that the first one is dead.
    groups.append(ray.get(Process.remote().hold.remote(queue)))
    hold("generates", Purpose.GENERATION)
    hold("third", Purpose.TRAINING)
    hold("frees", Purpose.GENERATION)
    hold("last", Purpose.TRAINING)
    queue.free_kept()
    wait_for(lambda: ray.available_resources().get("GPU") == 4, "no group is left")
    return {"groups": [groups.index(group) for group in groups]}


def hand_over() -> dict[str, Any]:
    """Three trials train on all GPUs by Ray Train, while another waits to generate."""
    queue = start()

    @ray.remote(num_cpus=0)
    class Process:
        def run(self, queue: GpuQueue, name: str, folder: str) -> tuple[float, float]:
            import ray.train
            from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

            from codem_ray.runtime.train_handover import HandOver

            def train_function() -> tuple[float, float]:
                started = time.time()
                time.sleep(3.0)
                return started, time.time()

            with queue.holding(name, Purpose.TRAINING):
                trainer = DataParallelTrainer(
                    train_function,
                    scaling_config=ray.train.ScalingConfig(
                        num_workers=4, use_gpu=True, resources_per_worker={"GPU": 1, "CPU": 1}
                    ),
                    run_config=ray.train.RunConfig(
                        name=name,
                        storage_path=folder,
                        callbacks=[HandOver(queue, name, lambda text: None)],
                    ),
                )
                return tuple(trainer.fit().return_value)

    os.environ["RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"] = "600"
    processes = [Process.remote() for _ in range(3)]
    trained = [
        process.run.remote(queue, f"train-{at}", FOLDER) for at, process in enumerate(processes)
    ]
    time.sleep(5)
    generated: list[float] = []

    def generation() -> None:
        with queue.holding("generates", Purpose.GENERATION) as grant:
            generated.extend([time.time(), float(len(generate(grant, 4))), time.time()])

    at_once(generation)
    spans = sorted(ray.get(trained, timeout=300))
    overlaps = sum(a[1] > b[0] for a, b in itertools.pairwise(spans))
    later = sum(span[0] > generated[0] for span in spans)
    ends = sorted([*spans, (generated[0], generated[-1])])
    gaps = [round(after[0] - before[1], 1) for before, after in itertools.pairwise(ends)]
    return {
        "trained": len(spans),
        "overlaps": overlaps,
        "trained_after_generation": later,
        "gaps_seconds": gaps,
    }


def nodes_to_come(cluster: Cluster) -> dict[str, Any]:
    """A head without CPUs and GPUs: wait for a node, use it, and give up when none comes."""
    growing = start(ClusterConfig(max_nodes=2, start_timeout_minutes=5))
    reasons: list[str] = []
    seconds: list[float] = []

    def trial(name: str) -> None:
        started = time.monotonic()
        with growing.holding(name, Purpose.TRAINING, reasons.append):
            seconds.append(time.monotonic() - started)

    def pending() -> int:
        states = [group["state"] for group in ray.util.placement_group_table().values()]
        return states.count("PENDING")

    def come() -> None:
        wait_for(lambda: reasons, "a trial says what it waits for")
        wait_for(lambda: pending() == 2, "both groups pend, for an autoscaler to see")
        cluster.add_node(num_cpus=4, num_gpus=4, **OPTIONS)

    # Ray starts a node in the main thread only.
    at_once(lambda: trial("a"), lambda: trial("b"), meanwhile=come)
    impatient = start(ClusterConfig(max_nodes=3, start_timeout_minutes=0.05), workers=8)
    try:
        with impatient.holding("c", Purpose.TRAINING):
            error = "none"
    except ResourceError as found:
        error = str(found)
    return {"reasons": reasons, "seconds": [round(s, 1) for s in seconds], "error": error}


FOLDER = sys.argv[1]
SCENARIOS = {name.__name__: name for name in (rounds, two_sweeps, dead_process, kept, hand_over)}


def main() -> None:
    """Run the scenarios on a Ray with four GPUs, and the one of nodes to come on an empty head."""
    for name in sys.argv[2:]:
        cluster = None
        if name == nodes_to_come.__name__:
            cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0} | OPTIONS)
            ray.shutdown()
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
            result = nodes_to_come(cluster)
        else:
            if not ray.is_initialized():
                ray.init(
                    address="local",
                    num_cpus=4,
                    num_gpus=4,
                    log_to_driver=False,
                    logging_level="ERROR",
                    **OPTIONS,
                )
            result = SCENARIOS[name]()
        total = ray.cluster_resources()["GPU"]
        give_up_at = time.monotonic() + 30
        while ray.available_resources().get("GPU") != total and time.monotonic() < give_up_at:
            time.sleep(0.2)
        result["gpus_left_in_use"] = total - ray.available_resources().get("GPU", 0.0)
        print(name, json.dumps(result), flush=True)
        if cluster is not None:
            ray.shutdown()
            cluster.shutdown()


if __name__ == "__main__":
    main()
