"""Measure the throughput of pools with one and with two executor actors, and an actor's memory.

    CODEM_RAY_DATA=/path/to/data python bench/actors.py [--limit N] [--languages c,go] [--rounds N]

Each pool first judges a few programs of every language, so that all compilers are warm, and then
the programs of bench/execution.py. The speed of a shared host varies, so the two pools
alternate, and the speed-up is the ratio of their total times. `busy_cores` is the average
number of busy cores of the machine, including Ray's processes and all others.

Memory is the peak resident memory of an actor and all its descendants (a page counts once for each
process that maps it). It is sampled in a separate pool, because sampling uses CPU time.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from programs import BENCHMARKS, programs  # noqa: E402

from codem_ray.records import Outcome  # noqa: E402
from codem_ray.runtime.executors import ExecutorPool, build_executor  # noqa: E402
from codem_ray.sandbox.process_tree import PolledTree  # noqa: E402
from codem_ray.sweep.executor_policy import fixed_size  # noqa: E402

_POLL_SECONDS = 0.05
_NUM_CPUS = os.cpu_count() or 1
SAMPLED_PROGRAMS = 82
"""Programs of each language for the memory measurement: a compiler's largest batch."""


class MemorySampler(threading.Thread):
    """Samples the memory of processes and their descendants until `stopped` is set."""

    def __init__(self, pids: tuple[int, ...]) -> None:
        super().__init__(daemon=True)
        self.trees = [PolledTree(pid) for pid in pids]
        self.peaks = [0] * len(pids)
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(_POLL_SECONDS):
            for at, tree in enumerate(self.trees):
                self.peaks[at] = max(self.peaks[at], tree.look())


def _idle_seconds() -> float:
    """Return the total idle time of all cores since the machine started."""
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[1])


def measure(
    num_actors: int, names: list[str], limit: int | None, *, is_sampled: bool = False
) -> dict[str, Any]:
    """Judge the programs with a pool of `num_actors`; return its figures."""
    chosen = [program for name in names for program in programs(name, limit=limit)]
    jobs = [program.job for program in chosen]
    warm = [program.job for name in names for program in programs(name, limit=2)]
    pool = ExecutorPool.start(partial(build_executor, "bubblewrap"), fixed_size(num_actors))
    sampler = MemorySampler(pool.pids)
    if is_sampled:
        sampler.start()
    try:
        pool.execute(warm)
        started, idle = time.monotonic(), _idle_seconds()
        verdicts = pool.execute(jobs)
        seconds = time.monotonic() - started
        idle = _idle_seconds() - idle
    finally:
        sampler.stopped.set()
        if is_sampled:
            sampler.join()
        pool.shutdown()
    figures = {
        "actors": num_actors,
        "programs": len(jobs),
        # Quarantined problems are left out: one of them passes by chance.
        "passed": sum(
            verdict.outcome is Outcome.PASSED and not program.is_quarantined
            for program, verdict in zip(chosen, verdicts, strict=True)
        ),
        "not_passed": {
            program.task_id: f"{verdict.outcome}: {verdict.message[:200]}"
            for program, verdict in zip(chosen, verdicts, strict=True)
            if verdict.outcome is not Outcome.PASSED and not program.is_quarantined
        },
        "wall_seconds": round(seconds, 1),
        "busy_cores": round(_NUM_CPUS - idle / seconds, 2),
        "programs_per_second": round(len(jobs) / seconds, 2),
    }
    return figures | ({"peak_memory_mib": max(sampler.peaks) >> 20} if is_sampled else {})


def main() -> int:
    """Run the pools alternately and print their figures."""
    import ray

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--limit", type=int, help="the first N programs of each language")
    parser.add_argument("--languages", default=",".join(BENCHMARKS), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    args = parser.parse_args()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    pools: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for _ in range(args.rounds):
        for num_actors, done in pools.items():
            done.append(measure(num_actors, args.languages.split(","), args.limit))
            print(json.dumps(done[-1]), flush=True)
    sampled = measure(1, args.languages.split(","), args.limit or SAMPLED_PROGRAMS, is_sampled=True)
    ray.shutdown()
    seconds_of_one, seconds_of_two = (
        sum(pool["wall_seconds"] for pool in done) for done in pools.values()
    )
    summary = {
        "speed_up": round(seconds_of_one / seconds_of_two, 2),
        "speed_ups": [
            round(single["wall_seconds"] / double["wall_seconds"], 2)
            for single, double in zip(*pools.values(), strict=True)
        ],
        "peak_memory_mib": sampled["peak_memory_mib"],
        "passed_equal": len({pool["passed"] for done in pools.values() for pool in done}) == 1,
    }
    print(json.dumps(summary))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
