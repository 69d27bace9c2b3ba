"""What the connected Ray cluster has and is asked for, and how far it can grow."""

from __future__ import annotations

from typing import Any

import ray
from ray._private.state import available_resources_per_node, state
from ray._private.worker import global_worker
from ray.autoscaler.v2.schema import PlacementGroupResourceDemand
from ray.autoscaler.v2.sdk import get_cluster_resource_state
from ray.core.generated.common_pb2 import LabelSelectorOperator

from codem_ray.config import ClusterConfig, Placement
from codem_ray.sweep.capacity import ClusterLimits, cluster_limits
from codem_ray.sweep.executor_policy import ExecutorNode
from codem_ray.sweep.placement import GroupShape, NodeView

_PLACEMENTS: dict[str, Placement] = {
    "PACK": "PACK",
    "SPREAD": "SPREAD",
    "STRICT_PACK": "STRICT_PACK",
    "STRICT_SPREAD": "SPREAD",
}


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


def pending_groups() -> dict[str, GroupShape]:
    """Return the pending placement groups of all jobs, by their ids.

    A group of unequal bundles is described by its largest amounts. The source is Ray's state for
    autoscalers, which exists without one, too; `placement_group_table()` has no labels, and takes
    longer the more groups were ever created.
    """
    groups = {}
    asked_for = get_cluster_resource_state(global_worker.gcs_client).pending_gang_resource_requests
    for demand in asked_for:
        details = PlacementGroupResourceDemand([], details=demand.details)
        requests = [one for part in demand.bundle_selectors for one in part.resource_requests]
        bundle: dict[str, float] = {}
        for request in requests:
            for name, amount in request.resources_bundle.items():
                bundle[name] = max(amount, bundle.get(name, 0.0))
        bundle = {name: amount for name, amount in bundle.items() if amount > 0}
        if details.pg_id and bundle and details.state == "PENDING":
            groups[details.pg_id] = GroupShape(
                bundles=len(requests),
                bundle=bundle,
                placement=_PLACEMENTS.get(details.strategy or "", "PACK"),
                labels=_selector(requests[0]),
            )
    return groups


def _selector(request: Any) -> dict[str, str]:
    """Return the labels of a bundle as Ray's label selector."""
    conditions = {}
    for selector in request.label_selectors:
        for one in selector.label_constraints:
            is_negated = one.operator == LabelSelectorOperator.LABEL_OPERATOR_NOT_IN
            conditions[one.label_key] = f"{'!' * is_negated}in({','.join(one.label_values)})"
    return conditions


def limits_of_cluster(config: ClusterConfig) -> ClusterLimits:
    """Return the limits of the sweep file and of the autoscaler's node types, where it tells them.

    Ray Train reads the same declaration, and there is no public API for it.
    """
    return cluster_limits(config, state.get_max_resources_from_cluster_config())


def executor_nodes() -> list[ExecutorNode]:
    """Return the living nodes of the connected cluster."""
    return [
        ExecutorNode(
            node_id=node["NodeID"],
            cpus=node["Resources"].get("CPU", 0.0),
            gpus=node["Resources"].get("GPU", 0.0),
        )
        for node in ray.nodes()
        if node["Alive"]
    ]
