"""What the connected Ray cluster has: nodes with their free resources, and how far it can grow."""

from __future__ import annotations

import ray
from ray._private.state import available_resources_per_node, state

from codem_ray.config import ClusterConfig
from codem_ray.sweep.capacity import ClusterLimits, cluster_limits
from codem_ray.sweep.placement import NodeView


def cluster_nodes() -> list[NodeView]:
    """Return the living nodes; what is free on them may be out of date by a fraction of a second.

    Ray has no public view of free resources by node; this one is its API for developers.
    """
    free = available_resources_per_node()
    return [
        NodeView(
            node_id=node["NodeID"],
            total=node["Resources"],
            free=free.get(node["NodeID"], {}),
            labels=node["Labels"],
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def limits_of_cluster(config: ClusterConfig) -> ClusterLimits:
    """Return the limits of the sweep file and of the autoscaler's node types, where it tells them.

    Ray Train reads the same declaration, and there is no public API for it.
    """
    return cluster_limits(config, state.get_max_resources_from_cluster_config())
