"""Run a thousand trials that do nothing through Tune and the queue: cost of each, and memory.

    python bench/many_trials.py [--trials 1000]

Each trial takes its placement group for training, holds it for a moment, and takes its turn to
generate, as trials of a sweep do; only the work between is left out. The cost of a trial is the
time from one end to the next, so it contains Tune, the queue and Ray. The first trials, which start
processes, are left out. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.runtime.cluster_view import cluster_nodes
from codem_ray.runtime.gpu_queue import GpuQueue
from codem_ray.runtime.ray_connection import ray_session
from codem_ray.runtime.trials import run_in_tune
from codem_ray.storage import Storage
from codem_ray.sweep.capacity import NOTHING_KNOWN, decide_capacity
from codem_ray.sweep.queue_policy import Purpose

WARM_UP, GROUP = 20, 100


def run(num_trials: int, folder: Path) -> dict[str, Any]:
    """Run the trials and return the figures."""
    ends = folder / "ends"
    resources, cluster = ResourcesConfig(workers=1), ClusterConfig()
    capacity = decide_capacity(cluster_nodes(), resources, cluster)
    queue = GpuQueue.start(resources, cluster, NOTHING_KNOWN)

    def attempt(trial_id: str) -> dict[str, Any]:
        with queue.holding(trial_id, Purpose.TRAINING):
            time.sleep(0.01)
        with queue.holding(trial_id, Purpose.GENERATION):
            pass
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        with ends.open("a") as stream:
            stream.write(f"{time.time()} {os.getpid()} {memory}\n")
        return {"error": ""}

    results = run_in_tune(
        attempt,
        [f"{at:04}" for at in range(num_trials)],
        name="many",
        storage=Storage(str(folder / "runs")),
        max_concurrent=capacity.concurrent_trials,
        max_failures=0,
    )
    rows = [line.split() for line in ends.read_text().splitlines()]
    times = sorted(float(row[0]) for row in rows)
    costs = [
        (times[start + GROUP] - times[start]) / GROUP
        for start in range(WARM_UP, len(times) - GROUP, GROUP)
    ]
    last = (times[-1] - times[-1 - GROUP]) / GROUP
    return {
        "trials": len(rows),
        "failed": sum(bool(result.error) for result in results),
        "milliseconds_by_hundred": [round(1000 * cost) for cost in costs],
        "last_to_first": round(last / costs[0], 2),
        "driver_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "trial_process_megabytes": max(int(row[2]) for row in rows),
        "trial_processes": len({row[1] for row in rows}),
        "concurrent_trials": capacity.concurrent_trials,
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=1000, help="default: %(default)s")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ray_session():
        print(json.dumps(run(args.trials, Path(folder))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
