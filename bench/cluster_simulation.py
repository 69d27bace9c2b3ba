"""Simulate a sweep of 7B models on clusters of GPU nodes, with the policy of the queue.

    python bench/cluster_simulation.py [--nodes 4,8,16,27,64] [--trials 27] [--workers 8] [...]

The policy is the real one; durations come from rates. Those of execution, of the queue and of the
processes on the head were measured by the scripts of this folder on two cores (`MEASURED`).
Those of 7B models on GPUs are estimates (`ESTIMATED`), which options replace. The last line is
JSON.

`idle` is the share of GPU-seconds that no group holds, from the start to the last generation;
`held but idle` is the share in which a group waits for model files, starts of processes and
exports. `busiest` is the resource other than GPUs with the highest load.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from queue_simulation import Simulation, settle  # noqa: E402

from codem_ray.config import ClusterConfig, ResourcesConfig  # noqa: E402
from codem_ray.sweep.capacity import decide_capacity, group_shapes  # noqa: E402
from codem_ray.sweep.placement import NodeView  # noqa: E402
from codem_ray.sweep.queue_policy import GroupRequest, Purpose  # noqa: E402

MEASURED = {
    # docs/explanation/performance.md: mean over 1,143 references in seven languages.
    "cpu_seconds_per_program": 0.070,
    # tests/support/queue_on_ray.py: from a free place to workers that start.
    "hand_over_seconds": 1.0,
    # bench/many_trials.py; the import of torch and Ray Train's controller are not in it.
    "megabytes_per_trial_on_head": 204.0,
}
ESTIMATED = {
    # 40 % of the peak of an A100: 312e12 * 0.4 / (6 * 7e9).
    "train_tokens_per_second_per_gpu": 3000.0,
    "generated_tokens_per_second_per_gpu": 2500.0,
    "tokens_per_completion": 300.0,
    "start_of_workers_seconds": 60.0,
    "start_of_engine_seconds": 60.0,
    "node_gigabytes_per_second": 1.0,
    "store_gigabytes_per_second": 20.0,
}
WEIGHTS_GIGABYTES = 14.0
TRAINED_TOKENS = 3 * 3_600_000
"""Three epochs of 9,000 pairs, as `codem-ray plan codem-7b` counts."""
COMPLETIONS = 8 * 164
GPUS_PER_NODE, CPUS_PER_NODE, HEAD_GIGABYTES = 8, 96, 64


@dataclass
class Use:
    """What a simulated sweep used."""

    seconds: float = 0.0
    held: float = 0.0
    """GPU-seconds in groups."""
    computing: float = 0.0
    stored_gigabytes: float = 0.0
    most_trials: int = 0


def durations(
    rates: dict[str, float], workers: int, generators: int
) -> dict[Purpose, tuple[float, float]]:
    """Return the seconds in which a group is held, and those in which its GPUs compute."""
    compute = {
        Purpose.TRAINING: TRAINED_TOKENS / rates["train_tokens_per_second_per_gpu"] / workers,
        Purpose.GENERATION: COMPLETIONS
        * rates["tokens_per_completion"]
        / rates["generated_tokens_per_second_per_gpu"]
        / generators,
    }
    copy = WEIGHTS_GIGABYTES / rates["node_gigabytes_per_second"]
    starts = {
        # The base model is in each node's cache after the first trial; the export is written.
        Purpose.TRAINING: rates["start_of_workers_seconds"] + copy + rates["hand_over_seconds"],
        Purpose.GENERATION: rates["start_of_engine_seconds"] + copy,
    }
    return {purpose: (starts[purpose] + compute[purpose], compute[purpose]) for purpose in Purpose}


def simulate(
    num_nodes: int, num_trials: int, config: ResourcesConfig, rates: dict[str, float]
) -> Use:
    """Run a sweep's trials through the queue."""
    rng, use = random.Random(0), Use()
    has = {"GPU": float(GPUS_PER_NODE), "CPU": float(CPUS_PER_NODE)}
    nodes = [NodeView(node_id=str(at), total=has, free=has) for at in range(num_nodes)]
    shapes = group_shapes(config, ClusterConfig())
    at_once = decide_capacity(nodes, config, ClusterConfig()).concurrent_trials
    seconds = durations(rates, config.workers, config.generators)
    execution = COMPLETIONS * rates["cpu_seconds_per_program"] / CPUS_PER_NODE
    simulation = Simulation(nodes=nodes, free=[dict(has) for _ in nodes], rng=rng)
    to_start = [f"{at:04}" for at in range(num_trials)]
    purposes: dict[str, Purpose] = {}
    events: list[tuple[float, str, str]] = []
    active = 0

    def start_trials(now: float) -> None:
        nonlocal active
        while to_start and active < at_once:
            heapq.heappush(events, (now, to_start.pop(0), "ask"))
            active += 1
        use.most_trials = max(use.most_trials, active)

    start_trials(0.0)
    while events:
        now, name, event = heapq.heappop(events)
        if event == "ask":
            purpose = Purpose.GENERATION if name in purposes else Purpose.TRAINING
            purposes[name] = purpose
            simulation.waiting[name] = GroupRequest(
                trial_id=name, purpose=purpose, shape=shapes[purpose], arrived_at=now
            )
        elif event == "executed":
            active -= 1
            start_trials(now)
        else:
            simulation.release(name)
            use.stored_gigabytes += WEIGHTS_GIGABYTES
            is_trained = purposes[name] is Purpose.TRAINING
            heapq.heappush(
                events,
                (now if is_trained else now + execution, name, "ask" if is_trained else "executed"),
            )
            use.seconds = now
        for started in settle(simulation, None):
            purpose = purposes[started]
            held, computing = (part * rng.uniform(0.9, 1.1) for part in seconds[purpose])
            use.held += held * shapes[purpose].gpus
            use.computing += computing * shapes[purpose].gpus
            heapq.heappush(events, (now + held, started, "end"))
    return use


def describe(
    num_nodes: int, num_trials: int, use: Use, rates: dict[str, float]
) -> dict[str, object]:
    """Return the shares of a simulated sweep."""
    total = num_nodes * GPUS_PER_NODE * use.seconds
    cpu_seconds = num_trials * COMPLETIONS * rates["cpu_seconds_per_program"]
    loads = {
        "one CPU node of executors": cpu_seconds / CPUS_PER_NODE / use.seconds,
        "memory of the head": use.most_trials
        * rates["megabytes_per_trial_on_head"]
        / 1000
        / HEAD_GIGABYTES,
        "object store": use.stored_gigabytes / rates["store_gigabytes_per_second"] / use.seconds,
    }
    busiest = max(loads, key=lambda name: loads[name])
    return {
        "nodes": num_nodes,
        "hours": round(use.seconds / 3600, 2),
        "idle": round(1 - use.held / total, 3),
        "held but idle": round((use.held - use.computing) / total, 3),
        "busiest": f"{busiest} {loads[busiest]:.1%}",
    }


def main() -> int:
    """Print a line for each size of cluster."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", default="4,8,16,27,64", help="default: %(default)s")
    parser.add_argument("--trials", type=int, default=27, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--generators", type=int, default=8, help="default: %(default)s")
    for name, value in (MEASURED | ESTIMATED).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)
    args = parser.parse_args()
    rates = {name: getattr(args, name) for name in MEASURED | ESTIMATED}
    config = ResourcesConfig(
        workers=args.workers, generators=args.generators, gpus_per_worker=1, cpus_per_worker=4
    )
    lines = []
    for num_nodes in map(int, args.nodes.split(",")):
        use = simulate(num_nodes, args.trials, config, rates)
        lines.append(describe(num_nodes, args.trials, use, rates))
        print("  ".join(f"{name} {value}" for name, value in lines[-1].items()))
    print(json.dumps(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
