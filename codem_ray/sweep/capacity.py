"""What a cluster can hold of a sweep, now and after it has grown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.errors import ConfigError, ResourceError
from codem_ray.sweep.placement import (
    GroupShape,
    NodeView,
    bundles_that_fit,
    fits_when_idle,
    groups_when_idle,
)
from codem_ray.sweep.queue_policy import Purpose, amounts
from codem_ray.wording import plural

MAX_CONCURRENT_TRIALS = 64
"""Each trial has a process of some 300 MB on the head."""
_EXTRA_TRIALS = 2
"""Trials beyond those that can train: one may generate and one execute meanwhile."""
TURN = "turn"
"""Resource of a machine whose trials take turns with generators that reserve nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterLimits:
    """The most that a cluster can have; None: unknown."""

    nodes: float | None = None
    cpus: float | None = None
    gpus: float | None = None

    def may_grow(self, nodes: Sequence[NodeView]) -> bool:
        """Return whether nodes can still be added."""
        gpus = sum(node.total.get("GPU", 0.0) for node in nodes)
        cpus = sum(node.total.get("CPU", 0.0) for node in nodes)
        if self == NOTHING_KNOWN:
            return False
        have = ((self.nodes, len(nodes)), (self.gpus, gpus), (self.cpus, cpus))
        if self.nodes is None:
            return any(most is not None and now < most for most, now in have)
        return len(nodes) < self.nodes

    def allow(self, shape: GroupShape) -> bool:
        """Return whether a cluster within the limits can hold a group of unknown nodes."""
        need = {name: shape.bundles * amount for name, amount in shape.bundle.items()}
        return all(
            most is None or need.get(name, 0.0) <= most
            for name, most in (("GPU", self.gpus), ("CPU", self.cpus))
        )


NOTHING_KNOWN = ClusterLimits()


def cluster_limits(
    config: ClusterConfig, autoscaler: dict[str, float] | None = None
) -> ClusterLimits:
    """Combine the keys of the sweep file with what the autoscaler declares of its node types."""
    declared = autoscaler or {}
    gpus = [most for most in (config.max_gpus, declared.get("GPU")) if most is not None]
    return ClusterLimits(
        nodes=config.max_nodes,
        gpus=min(gpus) if gpus else (0.0 if declared else None),
        cpus=declared.get("CPU"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """How much of a sweep runs at once."""

    concurrent_trials: int
    """Trials that Tune runs at the same time; the queue decides which train and generate."""


def group_shapes(
    resources: ResourcesConfig, cluster: ClusterConfig, *, tensor_parallel: int = 1
) -> dict[Purpose, GroupShape]:
    """Return the placement groups that a trial needs, one at a time."""
    training = {"CPU": resources.cpus_per_worker}
    generation = GroupShape(bundles=1, bundle={TURN: 1.0})
    if resources.gpus_per_worker:
        training["GPU"] = resources.gpus_per_worker
        # No CPU: a GPU node whose CPUs train must not keep its GPUs from generating.
        generation = GroupShape(
            bundles=resources.generators,
            bundle={"GPU": float(tensor_parallel)},
            labels=cluster.generation_labels,
        )
    return {
        Purpose.TRAINING: GroupShape(
            bundles=resources.workers,
            bundle=training,
            placement=cluster.placement,
            labels=cluster.training_labels,
        ),
        Purpose.GENERATION: generation,
    }


def check_max_gpus(
    resources: ResourcesConfig, cluster: ClusterConfig, *, tensor_parallel: int = 1
) -> None:
    """Raise ConfigError if a trial needs more GPUs than the sweep may use."""
    shapes = group_shapes(resources, cluster, tensor_parallel=tensor_parallel)
    for purpose, shape in shapes.items():
        if cluster.max_gpus is not None and shape.gpus > cluster.max_gpus:
            raise ConfigError(
                f"a trial needs {shape} for {purpose.text}, but cluster.max_gpus is "
                f"{cluster.max_gpus}: raise it or lower {_KEYS[purpose]}"
            )


def decide_capacity(
    nodes: Sequence[NodeView],
    resources: ResourcesConfig,
    cluster: ClusterConfig,
    *,
    tensor_parallel: int = 1,
    limits: ClusterLimits = NOTHING_KNOWN,
    max_concurrent_trials: int | None = None,
) -> Capacity:
    """Return how much runs at once; ResourceError with the arithmetic if a trial can never run.

    Only what exceeds the maximum is refused: that of `limits`, or the existing nodes if nothing is
    known of others.
    """
    shapes = group_shapes(resources, cluster, tensor_parallel=tensor_parallel)
    may_grow = limits.may_grow(nodes)
    for purpose, shape in shapes.items():
        if TURN in shape.bundle or fits_when_idle(shape, nodes):
            continue
        if not may_grow or not limits.allow(shape):
            raise ResourceError(_explain_shortage(purpose, shape, nodes, limits))
    training = shapes[Purpose.TRAINING]
    slots = groups_when_idle(training, nodes)
    if may_grow:
        slots = max(slots, _slots_when_grown(training, nodes, limits))
    # A trial that waits costs a process on the head; a GPU that no trial asks for costs more.
    concurrent = (2 * slots if training.gpus else slots) + _EXTRA_TRIALS
    concurrent = min(concurrent, MAX_CONCURRENT_TRIALS)
    if max_concurrent_trials is not None:
        concurrent = min(concurrent, max_concurrent_trials)
    return Capacity(concurrent_trials=concurrent)


def _slots_when_grown(shape: GroupShape, nodes: Sequence[NodeView], limits: ClusterLimits) -> int:
    """Return how many groups a grown cluster holds; a node of unknown size holds one."""
    most: list[float] = []
    for name, limit in (("GPU", limits.gpus), ("CPU", limits.cpus)):
        need = shape.bundles * shape.bundle.get(name, 0.0)
        if limit is not None and need:
            most.append(limit / need)
    if limits.nodes is not None:
        best = max((groups_when_idle(shape, [node]) for node in nodes), default=1)
        most.append(limits.nodes * max(1, best))
    return math.floor(min(most, default=0.0))


_NOUNS = {Purpose.TRAINING: "workers", Purpose.GENERATION: "generators"}
_KEYS = {
    Purpose.TRAINING: "resources.workers, resources.cpus_per_worker or resources.gpus_per_worker",
    Purpose.GENERATION: "resources.generators or generation.tensor_parallel",
}


def _explain_shortage(
    purpose: Purpose, shape: GroupShape, nodes: Sequence[NodeView], limits: ClusterLimits
) -> str:
    noun = _NOUNS[purpose]
    fitting = sum(bundles_that_fit(shape, node) for node in nodes)
    have = amounts(["CPU", "GPU"], [node.total for node in nodes])
    have = f"{plural(len(nodes), 'node')} with {have}"
    text = (
        f"a trial needs {shape.bundles} {noun} x {shape.each}{shape.conditions}, but the cluster "
        f"has {have}: {fitting} of {shape.bundles} {noun} fit"
    )
    most = [
        f"{limit:g} {name}"
        for name, limit in (("nodes", limits.nodes), ("CPU", limits.cpus), ("GPU", limits.gpus))
        if limit is not None
    ]
    if most:
        return (
            f"{text}, and it can grow to {' and '.join(most)} at most. Lower {_KEYS[purpose]}, or "
            "raise the limit: cluster.max_nodes, cluster.max_gpus, or that of the autoscaler"
        )
    return (
        f"{text}. Lower {_KEYS[purpose]}, add nodes, or set cluster.max_nodes if the cluster adds "
        "nodes by itself"
    )
