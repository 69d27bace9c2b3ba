"""Decide, before anything starts, whether the resources asked for can ever be met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.config import ResourcesConfig
from codem_ray.errors import ResourceError


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """What one machine of the cluster has."""

    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """How much of a sweep the cluster can do at once."""

    training_slots: int
    """Trials that can train at one time."""
    concurrent_trials: int
    """Trials that Tune keeps going: two more than can train, so that one may write and one be
    executed meanwhile."""
    executors: int
    """Executor actors."""


def decide_capacity(
    nodes: Sequence[Node], wanted: ResourcesConfig, *, max_concurrent_trials: int | None = None
) -> Capacity:
    """Work out what fits; ResourceError with the arithmetic when not even one trial does."""
    per_node = [_workers_that_fit(node, wanted) for node in nodes]
    possible = sum(per_node)
    if possible < wanted.workers:
        raise ResourceError(_explain(nodes, per_node, wanted))
    slots = possible // wanted.workers
    if max_concurrent_trials is not None:
        slots = min(slots, max_concurrent_trials)
    concurrent = slots + 2
    if max_concurrent_trials is not None:
        concurrent = min(concurrent, max_concurrent_trials)
    cpus = sum(node.cpus for node in nodes)
    executors = wanted.executors or max(1, min(64, math.floor(cpus)))
    return Capacity(training_slots=slots, concurrent_trials=concurrent, executors=executors)


def _workers_that_fit(node: Node, wanted: ResourcesConfig) -> int:
    by_cpu = math.floor(node.cpus / wanted.cpus_per_worker + 1e-9)
    if wanted.gpus_per_worker == 0:
        return by_cpu
    return min(by_cpu, math.floor(node.gpus / wanted.gpus_per_worker + 1e-9))


def _explain(nodes: Sequence[Node], per_node: Sequence[int], wanted: ResourcesConfig) -> str:
    cpus, gpus = sum(n.cpus for n in nodes), sum(n.gpus for n in nodes)
    need = f"{wanted.workers} workers x {wanted.cpus_per_worker:g} CPU"
    if wanted.gpus_per_worker:
        need += f" + {wanted.workers} x {wanted.gpus_per_worker:g} GPU"
    have = f"{len(nodes)} node{'s' if len(nodes) != 1 else ''} with {cpus:g} CPU and {gpus:g} GPU"
    return (
        f"a trial needs {need}, but the cluster has {have}: {sum(per_node)} of {wanted.workers} "
        "workers fit. Lower resources.workers, resources.cpus_per_worker or "
        "resources.gpus_per_worker, or add nodes"
    )
