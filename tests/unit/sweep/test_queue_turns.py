"""Sweeps that share a cluster take turns."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from queue_simulation import random_cluster
from shared_cluster import SharedCluster, SharingSweep

from codem_ray.sweep.placement import GroupShape, NodeView
from codem_ray.sweep.queue_policy import GroupRequest, Purpose, QueueDecision, decide
from codem_ray.sweep.queue_turns import (
    IGNORE_SECONDS,
    MAX_OVERTAKEN,
    RETRY_SECONDS,
    OtherGroup,
    Turns,
    may_pass_on,
)


def group(gpus: int) -> GroupShape:
    return GroupShape(bundles=gpus, bundle={"GPU": 1.0})


def node(free: float) -> list[NodeView]:
    return [NodeView(node_id="n", total={"GPU": 8.0}, free={"GPU": free})]


def requests(*gpus: int) -> list[GroupRequest]:
    return [
        GroupRequest(trial_id=f"t{at}", purpose=Purpose.TRAINING, shape=group(count), arrived_at=at)
        for at, count in enumerate(gpus)
    ]


def sweep(workers: int, generators: int, trials: int) -> SharingSweep:
    shapes = {Purpose.TRAINING: group(workers), Purpose.GENERATION: group(generators)}
    return SharingSweep(shapes=shapes, trials=trials)


def test_a_group_that_pends_at_the_end_of_our_turn_goes_first_and_a_later_one_does_not() -> None:
    turns = Turns()
    turns.see({"old": group(4)}, 0.0)
    turns.end()
    turns.see({"old": group(4), "new": group(4)}, 1.0)
    ahead = turns.ahead(node(8), node(8), 1.0)
    assert [other.overtaken for other in ahead] == [0]
    turns.count_placed()
    assert len(turns.ahead(node(8), node(8), 1.0)) == 2


def test_a_group_that_is_gone_goes_first_no_longer() -> None:
    turns = Turns()
    turns.see({"a": group(4)}, 0.0)
    turns.end()
    turns.see({}, 1.0)
    assert turns.ahead(node(8), node(8), 1.0)
    turns.see({}, 2.0)
    assert turns.ahead(node(8), node(8), 2.0) == []


def test_a_group_that_fits_and_is_not_placed_by_ray_is_ignored_for_a_while() -> None:
    turns = Turns()

    def ahead(now: float, free: float, ours: float = 0.0) -> int:
        turns.see({"a": group(4)}, now)
        return len(turns.ahead(node(free), node(free + ours), now))

    ahead(0.0, 0)
    turns.end()
    assert ahead(1.0, 2, ours=2) == 1
    assert ahead(2.0, 4) == 1
    assert ahead(2.0 + RETRY_SECONDS, 4) == 1
    ignored_at = 2.5 + RETRY_SECONDS
    for second in range(round(IGNORE_SECONDS)):
        assert ahead(ignored_at + second, 4, ours=4) == 0
    assert ahead(ignored_at + IGNORE_SECONDS, 4) == 1


def test_a_group_that_waits_for_others_than_us_does_not_hold_us_back() -> None:
    turns = Turns()
    turns.see({"a": group(4)}, 0.0)
    turns.end()
    assert turns.ahead(node(1), node(3), 0.0) == []
    assert len(turns.ahead(node(1), node(4), 0.0)) == 1


def test_places_of_groups_that_go_first_are_left_alone() -> None:
    first = OtherGroup(shape=group(4))
    assert decide(requests(4), node(4), others=[first]).open == ()
    assert decide(requests(4), node(8), others=[first]).open == ("t0",)
    # Ray is about to place it, so nothing may pend that could take the place.
    assert decide(requests(4, 8), node(4), others=[first], may_grow=True).open == ("t1",)
    waiting = [replace(request, is_open=True) for request in requests(8)]
    assert decide(waiting, node(4), others=[first]) == QueueDecision()


def test_nothing_pends_beside_a_group_that_goes_first_unless_the_cluster_may_grow() -> None:
    first = OtherGroup(shape=group(8))
    assert decide(requests(4), node(2), others=[first]).open == ()
    assert decide(requests(4), node(2), others=[first], may_grow=True).open == ("t0",)
    waiting = [replace(request, is_open=True) for request in requests(4)]
    assert decide(waiting, node(2), others=[first]).withdraw == ("t0",)


def test_smaller_groups_pass_one_that_goes_first_a_few_times() -> None:
    few = OtherGroup(shape=group(8), overtaken=MAX_OVERTAKEN - 1)
    assert decide(requests(1, 1), node(2), others=[few]).open == ("t0",)
    starved = OtherGroup(shape=group(8), overtaken=MAX_OVERTAKEN)
    assert decide(requests(1, 1), node(2), others=[starved]).open == ()


def test_a_group_is_kept_for_the_next_trial_unless_another_job_could_use_it() -> None:
    assert may_pass_on([], node(4))
    assert may_pass_on([OtherGroup(shape=group(8))], node(4))
    assert not may_pass_on([OtherGroup(shape=group(8))], node(8))
    assert not may_pass_on([OtherGroup(shape=group(8), overtaken=MAX_OVERTAKEN)], node(4))


def test_two_equal_sweeps_alternate() -> None:
    for seed in range(20):
        sweeps = [sweep(4, 4, trials=6), sweep(4, 4, trials=6)]
        SharedCluster(node(4), sweeps, random.Random(seed)).run()
        # One may get a second turn before the other has asked or has heard of its place.
        assert max(one.longest_passed for one in sweeps) <= 2


def test_sweeps_of_all_shapes_end_without_idle_gpus_and_none_starves() -> None:
    rng = random.Random(20261130)
    for _ in range(40):
        cluster = random_cluster(rng, nodes=rng.randint(1, 3), gpus=rng.choice([1, 2, 4, 8]))
        gpus = round(sum(one.total["GPU"] for one in cluster))

        def size(most: int = gpus) -> int:
            return rng.choice([1, most, rng.randint(1, most)])

        if rng.random() < 0.5:
            sweeps = [sweep(size(), size(), rng.randint(1, 12)) for _ in range(2)]
        else:
            workers, generators = size(), size()
            sweeps = [sweep(workers, generators, rng.randint(1, 8)) for _ in range(3)]
        stubborn = group(size()) if rng.random() < 0.3 else None
        # Raises for a deadlock and an idle GPU.
        SharedCluster(cluster, sweeps, rng, stubborn).run()
        at_once = gpus // min(min(one.bundles for one in s.shapes.values()) for s in sweeps)
        limit = len(sweeps) * (MAX_OVERTAKEN + 2) + at_once
        assert max(one.longest_passed for one in sweeps) <= limit


def test_without_turns_the_simulation_finds_a_sweep_that_waits_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Turns, "ahead", lambda *ignored: [])
    longest = []
    for seed in range(20):
        sweeps = [sweep(4, 4, trials=6), sweep(4, 4, trials=6)]
        SharedCluster(node(4), sweeps, random.Random(seed)).run()
        longest.append(max(one.longest_passed for one in sweeps))
    assert max(longest) > 6
