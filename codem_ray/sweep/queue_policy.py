"""Decide which waiting trials get a placement group, for training or for generation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from codem_ray.sweep.placement import GroupShape, NodeView, place, take
from codem_ray.sweep.queue_turns import MAX_OVERTAKEN, OtherGroup
from codem_ray.wording import plural


class Purpose(IntEnum):
    """What a group is for; the smaller goes first, so that finished models are scored."""

    GENERATION = 0
    TRAINING = 1

    @property
    def text(self) -> str:
        """The purpose in a message."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRequest:
    """A trial that waits for a whole placement group."""

    trial_id: str
    purpose: Purpose
    shape: GroupShape
    arrived_at: float = 0.0
    """When the trial first asked for this purpose, in seconds of any clock."""
    is_open: bool = False
    """Ray has the group already and looks for a place."""
    overtaken: int = 0
    """Requests behind this one that were served before it."""

    @property
    def rank(self) -> tuple[int, float, str]:
        """Position in the queue."""
        return (self.purpose, self.arrived_at, self.trial_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueDecision:
    """What to do with the waiting requests, by trial id."""

    open: tuple[str, ...] = ()
    """Ask Ray for the group."""
    withdraw: tuple[str, ...] = ()
    """Take the request to Ray back; the trial goes on waiting."""


def decide(
    requests: Sequence[GroupRequest],
    nodes: Sequence[NodeView],
    *,
    others: Sequence[OtherGroup] = (),
    may_grow: bool = False,
    gpus_left: float = math.inf,
    is_handing_over: bool = False,
) -> QueueDecision:
    """Choose the requests that Ray should have now.

    In the order of the queue, everything that fits is opened. So is the first that does not fit,
    once more urgent ones are placed: Ray then gives it its place as soon as there is one, and
    other sweeps see that it waits. If the cluster `may_grow`, all that do not fit are opened,
    because the autoscaler counts pending groups. `gpus_left` is what the sweep may still take of
    `cluster.max_gpus`. During a hand-over to Ray Train no group of this sweep may be pending,
    because it could get the place.

    `others` are the groups of other jobs that go first. Their places are left alone: no group of
    this sweep that could take one is pending. A larger group stays pending, so that others see it.
    """
    queue = sorted(requests, key=lambda request: request.rank)
    wanted = set() if is_handing_over else _wanted(queue, nodes, others, may_grow, gpus_left)
    return QueueDecision(
        open=tuple(r.trial_id for r in queue if r.trial_id in wanted and not r.is_open),
        withdraw=tuple(r.trial_id for r in queue if r.is_open and r.trial_id not in wanted),
    )


def _wanted(
    queue: Sequence[GroupRequest],
    nodes: Sequence[NodeView],
    others: Sequence[OtherGroup],
    may_grow: bool,
    gpus_left: float,
) -> set[str]:
    free = [dict(node.free) for node in nodes]
    wanted: set[str] = set()
    pending: list[GroupRequest] = []
    # How many more requests may pass those that do not fit.
    passes = math.inf
    is_blocked = False
    for other in others:
        if (counts := place(other.shape, nodes, free)) is not None:
            take(other.shape, counts, free)
        else:
            is_blocked = True
            passes = min(passes, MAX_OVERTAKEN - other.overtaken)
    for request in queue:
        if passes <= 0:
            break
        is_allowed = request.shape.gpus <= gpus_left
        if is_allowed and (counts := place(request.shape, nodes, free)) is not None:
            take(request.shape, counts, free)
            gpus_left -= request.shape.gpus
            wanted.add(request.trial_id)
            passes -= 1
        else:
            pending.append(request)
            passes = min(passes, MAX_OVERTAKEN - request.overtaken)
    # Ray tries a new group at once and an older one after a pause, so a new group that pends could
    # take the place that a more urgent one is about to get.
    first_placed = min((r.rank for r in queue if r.trial_id in wanted), default=None)
    pending = [r for r in pending if first_placed is None or r.rank < first_placed]
    if is_blocked and not may_grow:
        return wanted
    for request in pending if may_grow else pending[:1]:
        if others and place(request.shape, nodes, [node.free for node in nodes]) is not None:
            # It would take the place of a group that goes first.
            continue
        if request.shape.gpus <= gpus_left:
            gpus_left -= request.shape.gpus
            wanted.add(request.trial_id)
    return wanted


def overtaken_by(served: GroupRequest, waiting: Sequence[GroupRequest]) -> list[str]:
    """Return the trials that were ahead of a request when it was served."""
    return [request.trial_id for request in waiting if request.rank < served.rank]


def describe_wait(
    request: GroupRequest,
    waiting: Sequence[GroupRequest],
    nodes: Sequence[NodeView],
    *,
    held: Mapping[str, int],
    is_feasible: bool,
    num_others: int = 0,
) -> str:
    """Describe what a trial waits for.

    `held` counts the groups of the sweep by purpose, `num_others` those of other jobs that go
    first.
    """
    wanted = f"{request.shape} for {request.purpose.text}"
    names = list(request.shape.bundle)
    if not is_feasible:
        have = amounts(names, [node.total for node in nodes])
        return f"waits for nodes: {wanted} do not fit on {plural(len(nodes), 'node')} with {have}"
    place_in_queue = 1 + sum(other.rank < request.rank for other in waiting)
    ours = " and ".join(f"{count} x {name}" for name, count in held.items() if count)
    free = amounts(names, [node.free for node in nodes])
    return (
        f"waits for {wanted}: {place_in_queue} of {len(waiting)} in the queue; free: {free}; "
        + (f"this sweep runs {ours}" if ours else "other jobs of the cluster hold the rest")
        + (f"; before it: {plural(num_others, 'group')} of other jobs" if num_others else "")
    )


def amounts(names: Sequence[str], there: Sequence[Mapping[str, float]]) -> str:
    """Return sums of resources as text: "4 CPU and 1 GPU"."""
    return " and ".join(f"{sum(node.get(name, 0.0) for node in there):g} {name}" for name in names)
