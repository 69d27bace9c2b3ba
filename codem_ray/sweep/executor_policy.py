"""Decide how many executors run, and on which nodes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from codem_ray.config import ResourcesConfig

MAX_DEFAULT_EXECUTORS = 64
IDLE_SECONDS = 60.0
"""Longer than the pause between two cells of a trial, shorter than an autoscaler's idle timeout."""
PLACE_SECONDS = 180.0
"""Time for the cluster to add a CPU node before executors use spare CPUs of nodes with GPUs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolState:
    """The executors of a pool and the work that they have."""

    waiting: int
    """Chunks that no executor has taken."""
    busy: int
    starting: int
    """Executors that were asked for and do not answer yet, for lack of a node or of time."""
    idle_seconds: Sequence[float] = ()
    """For how long each of the others has had no work."""
    quiet_seconds: float = 0.0
    """For how long no chunk has been waiting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolSize:
    """How many executors a pool has, and what each reserves."""

    minimum: int
    maximum: int
    cpus: float
    """CPUs that each reserves. 0: they share the CPUs of training workers, which go first by their
    niceness."""
    idle_seconds: float = IDLE_SECONDS
    """An executor that is idle for longer ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """What to change in a pool."""

    start: int = 0
    cancel: int = 0
    """How many of those that are starting are not needed any more."""
    stop: tuple[int, ...] = ()
    """Which idle executors end, as positions in `PoolState.idle_seconds`."""


def decide_scaling(state: PoolState, size: PoolSize) -> Scaling:
    """Return one executor for each chunk, up to the maximum; end those that are idle for long.

    Executors that do not answer yet are given up only after the same time without a waiting chunk,
    because the cluster may be adding a node for them.
    """
    idle = len(state.idle_seconds)
    wanted = min(max(state.busy + state.waiting, size.minimum), size.maximum)
    ready = state.busy + idle
    excess = ready + state.starting - wanted
    if excess <= 0:
        return Scaling(start=-excess)
    cancel = 0
    if state.quiet_seconds > size.idle_seconds:
        cancel = min(state.starting, excess)
    longest_first = sorted(range(idle), key=lambda at: -state.idle_seconds[at])
    stoppable = [at for at in longest_first if state.idle_seconds[at] > size.idle_seconds]
    return Scaling(cancel=cancel, stop=tuple(stoppable[: max(0, ready - wanted)]))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutorNode:
    """One node of the cluster, as far as executors are concerned."""

    node_id: str
    cpus: float
    gpus: float = 0.0


def pool_size(
    nodes: Sequence[ExecutorNode],
    resources: ResourcesConfig,
    *,
    is_own_ray: bool,
    may_grow: bool,
) -> PoolSize:
    """Return the size of a sweep's pool.

    On a machine of our own, and on a cluster that training needs whole, a fixed number of executors
    shares the CPUs of the training workers. Elsewhere each executor reserves a CPU, and their
    number follows the work.

    Args:
        nodes: The nodes that exist and may execute.
        resources: The section `resources`.
        is_own_ray: Whether the run started Ray on this machine.
        may_grow: Whether nodes can still be added.
    """
    cpus = math.floor(sum(node.cpus for node in nodes))
    spare = sum(spare_cpus(node, resources) for node in nodes)
    if not resources.gpus_per_worker:
        # Workers may be anywhere, so it is their number that leaves CPUs.
        spare = math.floor(cpus - resources.workers * resources.cpus_per_worker)
    if is_own_ray or (spare < 1 and not may_grow):
        return fixed_size(resources.executors or max(1, min(MAX_DEFAULT_EXECUTORS, cpus)))
    most = resources.executors or MAX_DEFAULT_EXECUTORS
    return PoolSize(minimum=0, maximum=most if may_grow else min(most, spare), cpus=1.0)


def spare_cpus(node: ExecutorNode, resources: ResourcesConfig) -> int:
    """Return the CPUs of a node that are left when workers use all of its GPUs."""
    if not node.gpus:
        return math.floor(node.cpus)
    workers = math.floor(node.gpus / resources.gpus_per_worker) if resources.gpus_per_worker else 0
    return max(0, math.floor(node.cpus - workers * resources.cpus_per_worker))


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where the next executors may start."""

    avoided: frozenset[str] = frozenset()
    """Ids of nodes where none may start by Ray's own choice."""
    rooms: Mapping[str, int] = field(default_factory=dict)
    """How many may start on nodes with GPUs, by node id."""


def decide_places(
    nodes: Sequence[ExecutorNode],
    resources: ResourcesConfig,
    *,
    refused: Collection[str],
    running: Mapping[str, int],
    may_grow: bool,
    wait_seconds: float,
) -> Places:
    """Return where executors start: on nodes without GPUs, now or when the cluster has added some.

    CPUs of a node with GPUs are used beyond those that its training workers need, and only if no
    other node can be had: none exists and none can be added, or it took too long.

    Args:
        nodes: The nodes that exist.
        resources: The section `resources`.
        refused: Ids of nodes that may not execute.
        running: How many executors each node has.
        may_grow: Whether nodes can still be added.
        wait_seconds: For how long the first executor has been waiting for a node.
    """
    with_gpus = [node for node in nodes if node.gpus and node.node_id not in refused]
    others = [node for node in nodes if not node.gpus and node.node_id not in refused]
    avoided = frozenset(refused) | {node.node_id for node in with_gpus}
    has_others = any(node.cpus >= 1 for node in others)
    if (has_others or may_grow) and wait_seconds < PLACE_SECONDS:
        return Places(avoided=avoided)
    rooms = {
        node.node_id: spare_cpus(node, resources) - running.get(node.node_id, 0)
        for node in with_gpus
    }
    return Places(avoided=avoided, rooms={node: room for node, room in rooms.items() if room > 0})


def fixed_size(executors: int) -> PoolSize:
    """Return the size of a pool whose executors share CPUs."""
    return PoolSize(minimum=executors, maximum=executors, cpus=0.0)
