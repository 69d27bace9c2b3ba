"""Whether a placement group fits on nodes, by the rules of Ray's scheduler."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codem_ray.config import Placement

_SET = re.compile(r"^(!?)in\((.*)\)$")
NODE_LABEL = "ray.io/node-id"
"""Label that Ray gives each node."""
_ROUNDING = 1e-6
"""Ray counts resources in units of 0.0001."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupShape:
    """A placement group of equal bundles."""

    bundles: int
    bundle: Mapping[str, float]
    """Resources of one bundle by Ray's names."""
    placement: Placement = "PACK"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Ray's label selector: every bundle is placed on a node that it matches."""

    @property
    def gpus(self) -> float:
        """GPUs of the whole group."""
        return self.bundles * self.bundle.get("GPU", 0.0)

    @property
    def each(self) -> str:
        """The resources of one bundle: "1 CPU + 1 GPU"."""
        return " + ".join(f"{amount:g} {name}" for name, amount in self.bundle.items())

    def __str__(self) -> str:
        return f"{self.bundles} x {self.each}{self.conditions}"

    @property
    def conditions(self) -> str:
        """Where the bundles must be: " on one node with a=b"; empty if anywhere."""
        text = " on one node" if self.placement == "STRICT_PACK" and self.bundles > 1 else ""
        # Nodes that are left out are named elsewhere, with the reason.
        labels = [f"{key}={value}" for key, value in self.labels.items() if key != NODE_LABEL]
        return text + (f" with {', '.join(labels)}" if labels else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeView:
    """A node of the cluster; resources by Ray's names."""

    node_id: str
    total: Mapping[str, float]
    free: Mapping[str, float]
    labels: Mapping[str, str] = field(default_factory=dict)


def place(
    shape: GroupShape, nodes: Sequence[NodeView], free: Sequence[Mapping[str, float]]
) -> list[int] | None:
    """Return how many bundles go to each node, or None if the whole group does not fit.

    `free` has the free resources of each node. Bundles are placed on the nodes with the least room
    that suffice, so that large groups find whole nodes; SPREAD fills nodes evenly.
    """
    room = [
        _room(shape.bundle, there) if matches(shape.labels, node.labels) else 0
        for node, there in zip(nodes, free, strict=True)
    ]
    counts = [0] * len(nodes)
    whole = [index for index, bundles in enumerate(room) if bundles >= shape.bundles]
    if shape.placement == "SPREAD":
        return _spread(shape.bundles, room)
    if whole:
        counts[min(whole, key=lambda index: room[index])] = shape.bundles
        return counts
    if shape.placement == "STRICT_PACK" or sum(room) < shape.bundles:
        return None
    left = shape.bundles
    for index in sorted(range(len(nodes)), key=lambda index: -room[index]):
        counts[index] = min(left, room[index])
        left -= counts[index]
    return counts


def take(shape: GroupShape, counts: Sequence[int], free: Sequence[dict[str, float]]) -> None:
    """Subtract a placed group from the free resources of the nodes."""
    for count, there in zip(counts, free, strict=True):
        for name, amount in shape.bundle.items():
            if count:
                there[name] = there.get(name, 0.0) - count * amount


def without_group(
    nodes: Sequence[NodeView], shape: GroupShape, node_ids: Sequence[str]
) -> list[NodeView]:
    """Return the nodes as they are when a group has ended; `node_ids` has one for each bundle."""
    counts = Counter(node_ids)
    free = [dict(node.free) for node in nodes]
    take(shape, [-counts[node.node_id] for node in nodes], free)
    return [replace(node, free=there) for node, there in zip(nodes, free, strict=True)]


def fits_when_idle(shape: GroupShape, nodes: Sequence[NodeView]) -> bool:
    """Return whether the existing nodes could hold the group if nothing else ran there."""
    return place(shape, nodes, [node.total for node in nodes]) is not None


def groups_when_idle(shape: GroupShape, nodes: Sequence[NodeView]) -> int:
    """Return how many groups of one shape the existing nodes could hold."""
    free = [dict(node.total) for node in nodes]
    groups = 0
    while (counts := place(shape, nodes, free)) is not None:
        take(shape, counts, free)
        groups += 1
    return groups


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Return whether a node's labels match Ray's label selector.

    A value is `a`, `!a`, `in(a,b)` or `!in(a,b)`; a node without the label matches the negated
    forms (https://docs.ray.io/en/latest/ray-core/scheduling/labels.html).
    """
    for key, condition in selector.items():
        if found := _SET.match(condition):
            is_negated, allowed = bool(found[1]), [v.strip() for v in found[2].split(",")]
        else:
            is_negated, allowed = condition.startswith("!"), [condition.removeprefix("!")]
        if (labels.get(key) in allowed) == is_negated:
            return False
    return True


def bundles_that_fit(shape: GroupShape, node: NodeView) -> int:
    """Return how many bundles a node could hold if nothing else ran there."""
    return _room(shape.bundle, node.total) if matches(shape.labels, node.labels) else 0


def _room(bundle: Mapping[str, float], free: Mapping[str, float]) -> int:
    return min(
        math.floor(max(0.0, free.get(name, 0.0)) / amount + _ROUNDING)
        for name, amount in bundle.items()
    )


def _spread(bundles: int, room: Sequence[int]) -> list[int] | None:
    if sum(room) < bundles:
        return None
    counts = [0] * len(room)
    for _ in range(bundles):
        open_nodes = [index for index in range(len(room)) if counts[index] < room[index]]
        counts[min(open_nodes, key=lambda index: (counts[index], -room[index]))] += 1
    return counts
