"""What a cluster can hold of a sweep, now and after it has grown."""

from __future__ import annotations

import pytest

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.errors import ConfigError, ResourceError
from codem_ray.sweep.capacity import (
    MAX_CONCURRENT_TRIALS,
    ClusterLimits,
    check_max_gpus,
    cluster_limits,
    decide_capacity,
    group_shapes,
)
from codem_ray.sweep.placement import GroupShape, NodeView, place
from codem_ray.sweep.queue_policy import Purpose

ANY = ClusterConfig()


def node(cpus: float, gpus: float = 0.0, **labels: str) -> NodeView:
    has = {"CPU": cpus, "GPU": gpus}
    return NodeView(node_id=f"{cpus}-{gpus}", total=has, free=has, labels=labels)


def test_two_workers_on_one_core_are_refused_with_the_arithmetic() -> None:
    with pytest.raises(
        ResourceError, match=r"2 workers x 1 CPU.*1 node with 1 CPU.*1 of 2 workers"
    ):
        decide_capacity([node(1)], ResourcesConfig(workers=2), ANY)


def test_a_worker_never_spans_two_nodes() -> None:
    with pytest.raises(ResourceError, match="0 of 1 workers fit"):
        decide_capacity([node(2), node(2)], ResourcesConfig(workers=1, cpus_per_worker=3), ANY)


def test_gpus_limit_the_trials_at_once() -> None:
    wanted = ResourcesConfig(workers=4, gpus_per_worker=1)
    # Two that train; as many that wait for what becomes free, and two that execute.
    assert decide_capacity([node(64, 8)], wanted, ANY).concurrent_trials == 6
    with pytest.raises(ResourceError, match="3 of 4 workers fit"):
        decide_capacity([node(64, 3)], wanted, ANY)


def test_generators_that_never_fit_are_refused() -> None:
    wanted = ResourcesConfig(workers=1, gpus_per_worker=1, generators=4)
    with pytest.raises(ResourceError, match=r"4 generators x 1 GPU.*2 of 4 generators fit"):
        decide_capacity([node(64, 2)], wanted, ANY)


def test_workers_of_one_node_are_not_spread_over_two() -> None:
    wanted, nodes = ResourcesConfig(workers=4, gpus_per_worker=1), [node(8, 2), node(8, 2)]
    assert decide_capacity(nodes, wanted, ANY).concurrent_trials == 4
    with pytest.raises(ResourceError, match=r"4 workers x .* on one node"):
        decide_capacity(nodes, wanted, ClusterConfig(placement="STRICT_PACK"))


def test_two_trials_more_than_can_train_run_at_once_on_cpus() -> None:
    assert decide_capacity([node(2)], ResourcesConfig(workers=2), ANY).concurrent_trials == 3


def test_the_sweep_file_can_lower_the_number_of_trials_at_once() -> None:
    capacity = decide_capacity([node(8)], ResourcesConfig(), ANY, max_concurrent_trials=1)
    assert capacity.concurrent_trials == 1


def test_a_head_without_cpus_is_accepted_if_the_cluster_grows() -> None:
    wanted, head = ResourcesConfig(workers=8, gpus_per_worker=1, generators=4), [node(0)]
    with pytest.raises(ResourceError, match=r"cluster\.max_nodes if the cluster adds nodes"):
        decide_capacity(head, wanted, ANY)
    for config in (ClusterConfig(max_nodes=5), ClusterConfig(max_gpus=32)):
        limits = cluster_limits(config)
        # Four groups of eight GPUs; of nodes whose size is unknown, one group on each.
        assert decide_capacity(head, wanted, config, limits=limits).concurrent_trials in {10, 12}
    by_autoscaler = cluster_limits(ANY, {"CPU": 128.0, "GPU": 16.0})
    assert decide_capacity(head, wanted, ANY, limits=by_autoscaler).concurrent_trials == 6
    full = cluster_limits(ClusterConfig(max_nodes=1))
    with pytest.raises(ResourceError, match="can grow to 1 nodes at most"):
        decide_capacity(head, wanted, ClusterConfig(max_nodes=1), limits=full)


def test_only_what_exceeds_the_largest_cluster_is_refused() -> None:
    wanted = ResourcesConfig(workers=8, gpus_per_worker=1)
    with pytest.raises(ConfigError, match=r"cluster\.max_gpus is 4: raise it or lower resources"):
        check_max_gpus(wanted, ClusterConfig(max_gpus=4))
    check_max_gpus(wanted, ClusterConfig(max_gpus=8))
    limits = cluster_limits(ANY, {"CPU": 128.0, "GPU": 4.0})
    with pytest.raises(ResourceError, match="can grow to 128 CPU and 4 GPU at most"):
        decide_capacity([node(0)], wanted, ANY, limits=limits)
    without_gpus = cluster_limits(ClusterConfig(max_nodes=9), {"CPU": 128.0})
    with pytest.raises(ResourceError, match="0 GPU at most"):
        decide_capacity([node(0)], wanted, ANY, limits=without_gpus)


def test_trials_at_once_are_bounded_by_the_memory_of_the_head() -> None:
    wanted, limits = ResourcesConfig(workers=1, gpus_per_worker=1), ClusterLimits(gpus=4096.0)
    capacity = decide_capacity([node(0)], wanted, ANY, limits=limits)
    assert capacity.concurrent_trials == MAX_CONCURRENT_TRIALS


def test_labels_choose_the_nodes() -> None:
    wanted = ResourcesConfig(workers=1, gpus_per_worker=1)
    nodes = [node(8, 8, kind="A100"), node(8, 8, kind="H100"), node(8, 8)]
    for condition, expected in (
        ("A100", [1, 0, 0]),
        ("in(A100, H100)", [1, 0, 0]),
        ("!A100", [0, 1, 0]),
        ("!in(A100,H100)", [0, 0, 1]),
    ):
        cluster = ClusterConfig(training_labels={"kind": condition})
        shape = group_shapes(wanted, cluster)[Purpose.TRAINING]
        assert place(shape, nodes, [n.free for n in nodes]) == expected
    with pytest.raises(ResourceError, match=r"1 generators x 1 GPU with kind=L4"):
        decide_capacity(nodes, wanted, ClusterConfig(generation_labels={"kind": "L4"}))


def test_small_groups_leave_whole_nodes_to_large_ones() -> None:
    nodes = [node(8, 8), node(8, 3), node(8, 2)]
    shape = group_shapes(ResourcesConfig(workers=2, gpus_per_worker=1), ANY)[Purpose.TRAINING]
    assert place(shape, nodes, [n.free for n in nodes]) == [0, 0, 2]
    spread = group_shapes(
        ResourcesConfig(workers=4, gpus_per_worker=1), ClusterConfig(placement="SPREAD")
    )[Purpose.TRAINING]
    assert place(spread, nodes, [n.free for n in nodes]) == [2, 1, 1]
    large = group_shapes(ResourcesConfig(workers=10, gpus_per_worker=1), ANY)[Purpose.TRAINING]
    assert place(large, nodes, [n.free for n in nodes]) == [8, 2, 0]


def test_nodes_that_are_left_out_are_not_in_messages() -> None:
    shape = GroupShape(
        bundles=2, bundle={"GPU": 1.0}, labels={"kind": "A100", "ray.io/node-id": "!in(0a1b)"}
    )
    assert str(shape) == "2 x 1 GPU with kind=A100"
    left_out = node(8, 8, **{"kind": "A100", "ray.io/node-id": "0a1b"})
    assert place(shape, [left_out], [left_out.free]) is None
