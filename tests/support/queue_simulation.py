"""A cluster in which Ray places groups at once, to run the policy of the queue in."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codem_ray.sweep.capacity import TURN
from codem_ray.sweep.placement import GroupShape, NodeView, place, take
from codem_ray.sweep.queue_policy import GroupRequest, Purpose, decide, overtaken_by
from codem_ray.sweep.queue_turns import MAX_OVERTAKEN


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial that trains, unless that takes no time, and then generates."""

    trial_id: str
    training: float = 1.0
    generation: float = 0.3
    pause: float = 0.1
    """Time between the end of training and the request for generation."""


@dataclass(kw_only=True)
class Held:
    shape: GroupShape
    counts: list[int]


@dataclass(kw_only=True)
class Simulation:
    nodes: list[NodeView]
    free: list[dict[str, float]]
    rng: random.Random
    waiting: dict[str, GroupRequest] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)

    def view(self) -> list[NodeView]:
        return [replace(n, free=dict(f)) for n, f in zip(self.nodes, self.free, strict=True)]

    def place_open(self) -> list[str]:
        """Place the open groups that fit, in any order, as Ray does."""
        placed = []
        names = [name for name, request in self.waiting.items() if request.is_open]
        self.rng.shuffle(names)
        for name in names:
            request = self.waiting[name]
            counts = place(request.shape, self.nodes, self.free)
            if counts is None:
                continue
            take(request.shape, counts, self.free)
            assert all(there > -1e-9 for free in self.free for there in free.values())
            self.held[name] = Held(shape=request.shape, counts=counts)
            del self.waiting[name]
            for other in overtaken_by(request, list(self.waiting.values())):
                passed = self.waiting[other]
                self.waiting[other] = replace(passed, overtaken=passed.overtaken + 1)
            placed.append(name)
        return placed

    def release(self, name: str) -> None:
        held = self.held.pop(name)
        for count, there in zip(held.counts, self.free, strict=True):
            for resource, amount in held.shape.bundle.items():
                if count:
                    there[resource] += count * amount


def random_cluster(rng: random.Random, *, nodes: int, gpus: int) -> list[NodeView]:
    """Return nodes with 16 CPUs each, of which the first may be a head without any."""
    cluster = []
    for index in range(nodes):
        has = {"CPU": 16.0, "GPU": float(gpus), TURN: 1.0 if index == 0 else 0.0}
        cluster.append(NodeView(node_id=str(index), total=has, free=has))
    if rng.random() < 0.3:
        head = {"CPU": 0.0, "GPU": 0.0, TURN: 0.0}
        cluster.append(NodeView(node_id="head", total=head, free=head))
    return cluster


def simulate(
    nodes: Sequence[NodeView],
    shapes: Mapping[Purpose, GroupShape],
    trials: Sequence[Trial],
    rng: random.Random,
    *,
    max_gpus: int | None = None,
) -> list[str]:
    """Run trials to their end and return their ids by the time at which they ended.

    AssertionError if trials wait for ever, a GPU is idle while something fits, or a request is
    passed more often than the policy allows.
    """
    simulation = Simulation(nodes=list(nodes), free=[dict(n.total) for n in nodes], rng=rng)
    done: list[str] = []
    by_id = {trial.trial_id: trial for trial in trials}
    events: list[tuple[float, str, str]] = []
    running: dict[str, Purpose] = {}
    for trial in trials:
        heapq.heappush(events, (rng.random() * rng.choice([0, 3]), trial.trial_id, "ask"))
    while events:
        now, name, event = heapq.heappop(events)
        if event == "ask":
            purpose = (
                Purpose.TRAINING
                if by_id[name].training and name not in running
                else Purpose.GENERATION
            )
            simulation.waiting[name] = GroupRequest(
                trial_id=name, purpose=purpose, shape=shapes[purpose], arrived_at=now
            )
            running[name] = purpose
        else:
            simulation.release(name)
            if running[name] is Purpose.TRAINING:
                heapq.heappush(events, (now + by_id[name].pause * rng.random(), name, "ask"))
            else:
                done.append(name)
        for started in settle(simulation, max_gpus):
            trial = by_id[started]
            base = trial.training if running[started] is Purpose.TRAINING else trial.generation
            heapq.heappush(events, (now + base * rng.uniform(0.5, 1.5), started, "end"))
    assert not simulation.waiting, f"{sorted(simulation.waiting)} wait for ever"
    return done


def settle(simulation: Simulation, max_gpus: int | None) -> list[str]:
    """Decide until nothing changes; return the trials that got their groups."""
    # What pends gets a place before the queue hears of it.
    started = simulation.place_open()
    while True:
        held = sum(group.shape.gpus for group in simulation.held.values())
        gpus_left = math.inf if max_gpus is None else max_gpus - held
        assert gpus_left >= 0, "more GPUs than cluster.max_gpus"
        waiting = simulation.waiting
        decision = decide(list(waiting.values()), simulation.view(), gpus_left=gpus_left)
        for name in decision.withdraw:
            waiting[name] = replace(waiting[name], is_open=False)
        for name in decision.open:
            waiting[name] = replace(waiting[name], is_open=True)
        placed = simulation.place_open()
        started += placed
        if not placed:
            break
    _check(simulation, gpus_left)
    return started


def _check(simulation: Simulation, gpus_left: float) -> None:
    waiting = sorted(simulation.waiting.values(), key=lambda request: request.rank)
    for request in waiting:
        limit = MAX_OVERTAKEN + 1
        assert request.overtaken <= limit, f"{request} was passed {request.overtaken} times"
    for at, request in enumerate(waiting):
        fits = place(request.shape, simulation.nodes, simulation.free) is not None
        if fits and request.shape.gpus <= gpus_left:
            ahead = [other for other in waiting[:at] if other.overtaken >= MAX_OVERTAKEN]
            assert ahead, f"{request} fits and waits"
