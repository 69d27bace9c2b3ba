"""Start the executors of a fleet on nodes that may execute, and end them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from codem_ray.config import ResourcesConfig
from codem_ray.errors import CodemError, EnvironmentLackError, LostError
from codem_ray.runtime.cluster_view import executor_nodes
from codem_ray.runtime.executor_actor import ExecutorActor, ExecutorFactory, Readiness
from codem_ray.sweep.executor_policy import Places, PoolSize, decide_places
from codem_ray.sweep.placement import NODE_LABEL
from codem_ray.wording import last_line

MAX_FAILED_STARTS = 20
"""Executors that died in a row before they were ready, before the pool gives up."""
_LOST_CHECKS, _LOST_CHECK_SECONDS = 60, 1.0

Refusal = Callable[[str], str]
"""Returns why the node of an id may not execute; empty if it may."""


def refuse_none(node_id: str) -> str:
    """Refuse no node."""
    return ""


@dataclass(eq=False)
class Member:
    """One executor of the fleet."""

    actor: Any
    asked_at: float
    is_placed: bool
    """Whether the fleet chose the node."""
    node_id: str = ""
    """Empty until it is ready, unless the fleet chose it."""
    pid: int = 0
    idle_since: float = 0.0
    is_busy: bool = False
    is_ended: bool = False


class Members:
    """The executors of a fleet, those that are starting and those that are ready."""

    def __init__(
        self,
        factory: ExecutorFactory,
        size: PoolSize,
        resources: ResourcesConfig,
        *,
        refused: Sequence[str],
        may_grow: bool,
        wake: Callable[[], None],
        give_up: Callable[[CodemError], None],
    ) -> None:
        """`wake` is called when executors start or end, `give_up` when none can be started."""
        self.starting: list[Member] = []
        self.ready: list[Member] = []
        self.refused = set(refused)
        """Ids of nodes that may not execute."""
        self.refusal: Refusal = refuse_none
        self._factory, self._size, self._resources = factory, size, resources
        self._may_grow, self._wake, self._give_up = may_grow, wake, give_up
        self._num_failed = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, number: int, now: float) -> None:
        """Start executors, and move those that wait for a node of another kind."""
        places = self._places(now)
        room = sum(places.rooms.values())
        for member in self.starting[:room]:
            # Ray would go on waiting for a node of another kind.
            if not member.is_placed:
                self.end(member)
                number += 1
        rooms = dict(places.rooms)
        for _ in range(number):
            node = max(rooms, key=lambda node: rooms[node], default="")
            if node:
                rooms[node] -= 1
                rooms = {node: room for node, room in rooms.items() if room}
            self._start_member(node, places.avoided)

    def end(self, member: Member) -> None:
        """End an executor, or take back the request for one."""
        member.is_ended = True
        for members in (self.starting, self.ready):
            if member in members:
                members.remove(member)
        ray.kill(member.actor, no_restart=True)
        self._wake()

    def _start_member(self, node: str, avoided: frozenset[str]) -> None:
        strategy: Any = "DEFAULT" if self._size.cpus else "SPREAD"
        labels = {NODE_LABEL: f"!in({','.join(sorted(avoided))})"} if avoided else {}
        if node:
            strategy, labels = NodeAffinitySchedulingStrategy(node, soft=False), {}
        actor = (
            ray.remote(ExecutorActor)
            .options(
                num_cpus=self._size.cpus,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=strategy,
                label_selector=labels,
            )
            .remote(self._factory)
        )
        member = Member(actor, time.monotonic(), is_placed=bool(node), node_id=node)
        self.starting.append(member)
        task = asyncio.get_running_loop().create_task(self._bring_up(member))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_up(self, member: Member) -> None:
        """Wait until an executor is ready, and take it into service."""
        try:
            answer: Readiness = await member.actor.prepare.remote()
            unfit = answer.error
            if unfit is None:
                # It may ask the node, which takes time.
                cause = await asyncio.to_thread(self.refusal, answer.node_id)
                unfit = EnvironmentLackError(cause) if cause else None
        except RayError as error:
            self._count_failed_start(member, error)
            return
        if member.is_ended:
            return
        if unfit is not None:
            self.end(member)
            self.refused.add(answer.node_id)
            if not self._can_execute():
                self._give_up(unfit)
            return
        member.node_id, member.pid = answer.node_id, answer.pid
        if not member.is_placed and answer.node_id in self._places(time.monotonic()).avoided:
            # The node joined after the executor was asked for.
            self.end(member)
            return
        self._num_failed = 0
        member.idle_since = time.monotonic()
        self.starting.remove(member)
        self.ready.append(member)
        self._wake()

    def _count_failed_start(self, member: Member, error: RayError) -> None:
        if member.is_ended:
            return
        self.end(member)
        self._num_failed += 1
        if self._num_failed >= MAX_FAILED_STARTS:
            self._num_failed = 0
            self._give_up(
                LostError(
                    f"{MAX_FAILED_STARTS} executors in a row died before they were ready, most "
                    f"often for lack of memory: {last_line(error)}"
                )
            )

    def _places(self, now: float) -> Places:
        if not self._size.cpus:
            return Places(avoided=frozenset(self.refused))
        asked = [member.asked_at for member in self.starting if not member.is_placed]
        return decide_places(
            executor_nodes(),
            self._resources,
            refused=self.refused,
            running=Counter(member.node_id for member in (*self.starting, *self.ready)),
            may_grow=self._may_grow,
            wait_seconds=now - min(asked, default=now),
        )

    def _can_execute(self) -> bool:
        """Whether a node is left, or may come, that is not refused."""
        return self._may_grow or any(
            node.node_id not in self.refused and node.cpus >= self._size.cpus
            for node in executor_nodes()
        )


async def is_node_lost(member: Member) -> bool:
    """Return whether an executor was lost with its node or its connection, and did not die alone.

    Ray reports at first only that it cannot be reached.
    """
    for _ in range(_LOST_CHECKS):
        try:
            await member.actor.__ray_ready__.remote()
        except ActorUnavailableError:
            await asyncio.sleep(_LOST_CHECK_SECONDS)
        except RayActorError:
            break
        else:
            return True
    return member.node_id not in {node.node_id for node in executor_nodes()}
