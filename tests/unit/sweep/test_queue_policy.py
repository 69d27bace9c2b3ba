"""The queue for placement groups: order, starvation, deadlock, idle GPUs."""

from __future__ import annotations

import itertools
import random

import pytest
from queue_simulation import Trial, random_cluster, simulate

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.errors import ConfigError, ResourceError
from codem_ray.sweep.capacity import check_max_gpus, decide_capacity, group_shapes
from codem_ray.sweep.placement import GroupShape, NodeView
from codem_ray.sweep.queue_policy import (
    GroupRequest,
    Purpose,
    QueueDecision,
    decide,
    describe_wait,
)
from codem_ray.sweep.queue_turns import MAX_OVERTAKEN

PLACEMENTS = ("PACK", "SPREAD", "STRICT_PACK")


def gpus(*free: float) -> list[NodeView]:
    return [
        NodeView(node_id=str(index), total={"GPU": 8.0}, free={"GPU": count})
        for index, count in enumerate(free)
    ]


def request(
    trial_id: str, bundles: int, purpose: Purpose = Purpose.TRAINING, **changes: object
) -> GroupRequest:
    shape = GroupShape(bundles=bundles, bundle={"GPU": 1.0})
    values: dict[str, object] = {"trial_id": trial_id, "purpose": purpose, "shape": shape}
    return GroupRequest(**values | changes)  # type: ignore[arg-type]


def test_every_case_of_the_grid_ends_in_order_and_without_idle_gpus() -> None:
    rng = random.Random(20261130)
    grid = list(itertools.product(range(1, 5), range(9), range(1, 17), range(1, 9), range(1, 21)))
    refused = 0
    for nodes, gpus_per_node, workers, generators, trials in rng.sample(grid, 1200):
        cluster = random_cluster(rng, nodes=nodes, gpus=gpus_per_node)
        resources = ResourcesConfig(
            workers=workers, generators=generators, gpus_per_worker=min(gpus_per_node, 1)
        )
        config = ClusterConfig(
            placement=rng.choice(PLACEMENTS), max_gpus=rng.choice([None, None, 8, 16])
        )
        try:
            check_max_gpus(resources, config)
            decide_capacity(cluster, resources, config)
        except (ConfigError, ResourceError):
            refused += 1
            continue
        shapes = group_shapes(resources, config)
        work = [
            Trial(trial_id=f"{at:02}", training=rng.choice([0.0, 1.0, rng.random()]))
            for at in range(trials)
        ]
        # Raises for a deadlock, an idle GPU, a place given twice and a request passed too often.
        done = simulate(cluster, shapes, work, rng, max_gpus=config.max_gpus)
        assert sorted(done) == [trial.trial_id for trial in work]
    assert 100 < refused < 1100


def test_generation_goes_first() -> None:
    waiting = [request("a", 4, arrived_at=1), request("b", 4, Purpose.GENERATION, arrived_at=2)]
    # Only one fits. The next is opened after it, so that Ray cannot place it first.
    decision = decide([*waiting, request("c", 4, arrived_at=3)], gpus(4))
    assert decision == QueueDecision(open=("b",))


def test_the_first_that_does_not_fit_is_opened_and_smaller_ones_pass_it_a_few_times() -> None:
    big = request("big", 4, Purpose.GENERATION)
    small = [request(f"s{at}", 1, arrived_at=at) for at in range(8)]
    decision = decide([*small, big], gpus(3))
    assert set(decision.open) == {"big", "s0", "s1", "s2"}
    passed = request("big", 4, Purpose.GENERATION, overtaken=MAX_OVERTAKEN - 1)
    assert decide([*small, passed], gpus(3)).open == ("big", "s0")
    starved = request("big", 4, Purpose.GENERATION, overtaken=MAX_OVERTAKEN)
    assert decide([*small, starved], gpus(3)).open == ("big",)


def test_a_growing_cluster_sees_all_that_waits() -> None:
    waiting = [request(f"t{at}", 8, arrived_at=at) for at in range(3)]
    assert decide(waiting, gpus(0)).open == ("t0",)
    assert decide(waiting, gpus(0), may_grow=True).open == ("t0", "t1", "t2")
    assert decide(waiting, gpus(0), may_grow=True, gpus_left=17).open == ("t0", "t1")
    assert decide(waiting, [], may_grow=True).open == ("t0", "t1", "t2")


def test_nothing_pends_during_a_hand_over() -> None:
    waiting = [request("a", 1, is_open=True), request("b", 1)]
    assert decide(waiting, gpus(8), is_handing_over=True) == QueueDecision(withdraw=("a",))


def test_a_wait_says_for_what_and_who_holds_it() -> None:
    waiting = [request("a", 4, arrived_at=1), request("b", 4, arrived_at=2)]

    def text(*nodes: NodeView, held: int = 0, is_feasible: bool = True) -> str:
        holds = {"training": held}
        return describe_wait(waiting[1], waiting, nodes, held=holds, is_feasible=is_feasible)

    assert text(*gpus(1, 2), held=2) == (
        "waits for 4 x 1 GPU for training: 2 of 2 in the queue; free: 3 GPU; this sweep runs "
        "2 x training"
    )
    assert text(*gpus(0)).endswith("other jobs of the cluster hold the rest")
    others = describe_wait(waiting[1], waiting, gpus(4), held={}, is_feasible=True, num_others=2)
    assert others.endswith("hold the rest; before it: 2 groups of other jobs")
    assert text(is_feasible=False) == (
        "waits for nodes: 4 x 1 GPU for training do not fit on 0 nodes with 0 GPU"
    )


def test_the_simulation_finds_a_policy_that_starves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codem_ray.sweep.queue_policy.MAX_OVERTAKEN", 10_000)
    rng = random.Random(1)
    shapes = group_shapes(
        ResourcesConfig(workers=1, gpus_per_worker=1, generators=8), ClusterConfig()
    )
    trials = [Trial(trial_id=f"{at:02}", training=1.0 + at % 3) for at in range(20)]
    with pytest.raises(AssertionError, match="was passed"):
        simulate(random_cluster(rng, nodes=1, gpus=8), shapes, trials, rng)
