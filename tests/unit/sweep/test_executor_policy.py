"""How many executors run, and on which nodes."""

from __future__ import annotations

import random

import pytest

from codem_ray.config import ResourcesConfig
from codem_ray.sweep.executor_policy import (
    IDLE_SECONDS,
    PLACE_SECONDS,
    ExecutorNode,
    Places,
    PoolSize,
    PoolState,
    Scaling,
    decide_places,
    decide_scaling,
    fixed_size,
    pool_size,
)

ELASTIC = PoolSize(minimum=0, maximum=4, cpus=1.0)
CPU = ExecutorNode(node_id="cpu", cpus=8)
GPU = ExecutorNode(node_id="gpu", cpus=12, gpus=8)
ON_GPUS = ResourcesConfig(workers=8, gpus_per_worker=1)
LONG = IDLE_SECONDS + 1


def _scaling(**state: object) -> Scaling:
    defaults: dict[str, object] = {"waiting": 0, "busy": 0, "starting": 0}
    return decide_scaling(PoolState(**(defaults | state)), ELASTIC)  # type: ignore[arg-type]


def test_a_pool_of_none_grows_with_its_backlog_up_to_the_maximum() -> None:
    assert _scaling(waiting=1) == Scaling(start=1)
    assert _scaling(waiting=9) == Scaling(start=4)
    assert _scaling(waiting=9, busy=1, starting=2) == Scaling(start=1)
    assert _scaling(waiting=9, busy=2, starting=2) == Scaling()


def test_executors_that_were_idle_for_long_end_and_the_longest_ends_first() -> None:
    assert _scaling(idle_seconds=[1.0, 2.0]) == Scaling()
    assert _scaling(idle_seconds=[1.0, LONG, LONG + 1]) == Scaling(stop=(2, 1))
    assert _scaling(waiting=1, idle_seconds=[LONG]) == Scaling()


def test_a_request_for_a_node_is_taken_back_only_after_a_quiet_time() -> None:
    assert _scaling(starting=3, quiet_seconds=5.0) == Scaling()
    assert _scaling(starting=3, busy=1, quiet_seconds=LONG) == Scaling(cancel=3)


def test_a_fixed_pool_stays_as_it_is() -> None:
    state = PoolState(waiting=0, busy=0, starting=0, idle_seconds=[LONG, LONG], quiet_seconds=LONG)
    assert decide_scaling(state, fixed_size(2)) == Scaling()
    assert decide_scaling(PoolState(waiting=9, busy=0, starting=1), fixed_size(2)) == Scaling(
        start=1
    )


def test_no_work_is_left_without_an_executor_and_no_bound_is_broken() -> None:
    draw = random.Random(1)
    for _ in range(3000):
        maximum = draw.randint(1, 8)
        size = PoolSize(minimum=draw.choice([0, maximum]), maximum=maximum, cpus=1.0)
        busy = draw.randint(0, maximum)
        starting = draw.randint(0, maximum - busy)
        idle = [draw.uniform(0, 2 * LONG) for _ in range(maximum - busy - starting)]
        waiting = draw.randint(0, 20)
        state = PoolState(
            waiting=waiting,
            busy=busy,
            starting=starting,
            idle_seconds=idle,
            quiet_seconds=draw.uniform(0, 2 * LONG),
        )
        scaling = decide_scaling(state, size)
        after = (
            busy + starting + len(idle) + scaling.start - scaling.cancel - len(set(scaling.stop))
        )
        assert size.minimum <= after <= size.maximum
        assert after >= min(busy + waiting, size.maximum)
        assert scaling.cancel <= starting
        assert all(idle[at] > IDLE_SECONDS for at in scaling.stop)


@pytest.mark.parametrize(
    ("nodes", "resources", "may_grow", "expected"),
    [
        # Training workers take both CPUs of a small machine.
        ([ExecutorNode(node_id="a", cpus=2)], ResourcesConfig(workers=2), False, fixed_size(2)),
        (
            [ExecutorNode(node_id="a", cpus=4)] * 2,
            ResourcesConfig(workers=2),
            False,
            PoolSize(minimum=0, maximum=6, cpus=1.0),
        ),
        ([CPU, GPU], ON_GPUS, False, PoolSize(minimum=0, maximum=12, cpus=1.0)),
        ([GPU], ON_GPUS, False, PoolSize(minimum=0, maximum=4, cpus=1.0)),
        # A head without work, and nodes to come.
        (
            [ExecutorNode(node_id="head", cpus=0)],
            ON_GPUS,
            True,
            PoolSize(minimum=0, maximum=64, cpus=1.0),
        ),
        (
            [CPU],
            ON_GPUS.model_copy(update={"executors": 3}),
            True,
            PoolSize(minimum=0, maximum=3, cpus=1.0),
        ),
    ],
)
def test_executors_reserve_cpus_where_training_leaves_some(
    nodes: list[ExecutorNode], resources: ResourcesConfig, may_grow: bool, expected: PoolSize
) -> None:
    assert pool_size(nodes, resources, is_own_ray=False, may_grow=may_grow) == expected


def test_executors_of_our_own_machine_reserve_nothing() -> None:
    size = pool_size([GPU], ON_GPUS, is_own_ray=True, may_grow=False)
    assert size == fixed_size(12)


def _places(nodes: list[ExecutorNode], **changes: object) -> Places:
    values: dict[str, object] = {
        "refused": (),
        "running": {},
        "may_grow": False,
        "wait_seconds": 0.0,
    }
    return decide_places(nodes, ON_GPUS, **(values | changes))  # type: ignore[arg-type]


def test_nodes_with_gpus_are_avoided_while_others_can_be_had() -> None:
    assert _places([CPU, GPU]) == Places(avoided=frozenset({"gpu"}))
    assert _places([GPU], may_grow=True) == Places(avoided=frozenset({"gpu"}))
    assert _places([CPU, GPU], refused=["cpu"]).avoided == {"cpu", "gpu"}


def test_spare_cpus_of_nodes_with_gpus_are_used_when_no_other_node_can_be_had() -> None:
    assert _places([GPU]).rooms == {"gpu": 4}
    assert _places([GPU], running={"gpu": 3}).rooms == {"gpu": 1}
    assert _places([GPU], running={"gpu": 4}).rooms == {}
    assert _places([GPU], refused=["gpu"]).rooms == {}
    late = _places([CPU, GPU], may_grow=True, wait_seconds=PLACE_SECONDS)
    assert late.rooms == {"gpu": 4}
