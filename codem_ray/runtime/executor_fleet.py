"""The actor that starts and ends a sweep's executors and gives each a chunk of jobs at a time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from codem_ray.config import ResourcesConfig
from codem_ray.errors import CodemError, EnvironmentLackError, LostError, ResourceError
from codem_ray.records import Verdict
from codem_ray.runtime.executor_actor import ExecutorActor, ExecutorFactory, Readiness
from codem_ray.sweep.executor_policy import (
    ExecutorNode,
    Places,
    PoolSize,
    PoolState,
    decide_places,
    decide_scaling,
)
from codem_ray.sweep.placement import NODE_LABEL
from codem_ray.wording import last_line

MAX_FAILED_STARTS = 20
"""Executors that died in a row before they were ready, before the pool gives up."""
MAX_LOST_NODES = 10
"""Executors that a chunk may lose with their nodes before it fails."""
SECONDS_PER_JOB = 180.0
SECONDS_PER_CHUNK = 900.0
"""Longest time of one program that compiles, runs and is retried as slowly as its limits allow."""
TICK_SECONDS = 2.0
_LOST_CHECKS, _LOST_CHECK_SECONDS = 60, 1.0


Refusal = Callable[[str], str]
"""Returns why the node of an id may not execute; empty if it may."""


def refuse_none(node_id: str) -> str:
    """Refuse no node."""
    return ""


@dataclass(eq=False)
class _Member:
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


@dataclass
class _Waiting:
    """A chunk without an executor."""

    member: asyncio.Future[_Member]
    since: float = field(default_factory=time.monotonic)


class ExecutorFleet:
    """Runs as an asynchronous actor on the driver's node; its executors die with it."""

    def __init__(
        self,
        factory: ExecutorFactory,
        size: PoolSize,
        resources: ResourcesConfig,
        *,
        refused: Sequence[str],
        refusal: Refusal,
        may_grow: bool,
        start_seconds: float,
    ) -> None:
        self._refusal = refusal
        self._factory, self._size, self._resources = factory, size, resources
        self._refused = set(refused)
        self._may_grow, self._start_seconds = may_grow, start_seconds
        self._starting: list[_Member] = []
        self._ready: list[_Member] = []
        self._waiting: deque[_Waiting] = deque()
        self._quiet_since = time.monotonic()
        self._num_failed = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: CodemError | None = None

    async def start(self) -> tuple[int, ...]:
        """Wait until the fixed number of executors is ready; return their process ids."""
        self._begin()
        while len(self._ready) < self._size.minimum:
            if self._error is not None:
                raise self._error
            await asyncio.sleep(0.02)
        return tuple(member.pid for member in self._ready)

    async def judge(
        self, jobs: Sequence[Any], num_jobs: int, expected_checks: Mapping[str, int]
    ) -> list[Verdict]:
        """Return the verdicts of one chunk from the next free executor.

        Args:
            jobs: A list with the reference to the jobs, which do not pass through this process.
            num_jobs: Their number.
            expected_checks: Checks that references make, by problem digest.

        Raises:
            CodemError: an error of the executor, or no executor can be had.
            RuntimeError: the executor died or failed otherwise; the caller may retry.
        """
        self._begin()
        cause = ""
        for _ in range(MAX_LOST_NODES):
            member = await self._take()
            limit = SECONDS_PER_CHUNK + SECONDS_PER_JOB * num_jobs
            try:
                verdicts: list[Verdict] = await asyncio.wait_for(
                    member.actor.execute.remote(jobs[0], expected_checks), limit
                )
            except TimeoutError:
                self._end(member)
                raise RuntimeError(f"the executor gave no verdict for {limit:.0f} s") from None
            except RayActorError as error:
                cause = last_line(error)
                is_node_lost = await _is_node_lost(member)
                self._end(member)
                if is_node_lost:
                    # No job caused the loss of a node.
                    continue
                raise RuntimeError(cause) from error
            except RayError as error:
                self._release(member)
                known = error.cause if isinstance(error, RayTaskError) else None
                if isinstance(known, CodemError):
                    raise known from error
                raise RuntimeError(last_line(error)) from error
            self._release(member)
            return verdicts
        raise RuntimeError(f"{MAX_LOST_NODES} executors were lost with their nodes: {cause}")

    async def members(self) -> dict[str, Any]:
        """Return the numbers of executors, for logs and tests."""
        return {
            "starting": len(self._starting),
            "ready": len(self._ready),
            "busy": sum(member.is_busy for member in self._ready),
            "by_node": dict(Counter(member.node_id for member in self._ready)),
            "pids": [member.pid for member in self._ready],
            "refused": sorted(self._refused),
        }

    def _begin(self) -> None:
        """Start to scale, here so that a fleet that Ray has restarted does so too."""
        if not self._tasks:
            self._spawn(self._keep_scaling())

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_scaling(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._scale()
            except RayError as error:
                self._give_up(ResourceError(f"executors cannot be started: {last_line(error)}"))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_SECONDS)

    def _scale(self) -> None:
        now = time.monotonic()
        self._hand_out()
        if self._waiting:
            self._quiet_since = now
        idle = [member for member in self._ready if not member.is_busy]
        scaling = decide_scaling(
            PoolState(
                waiting=len(self._waiting),
                busy=len(self._ready) - len(idle),
                starting=len(self._starting),
                idle_seconds=[now - member.idle_since for member in idle],
                quiet_seconds=now - self._quiet_since,
            ),
            self._size,
        )
        for at in scaling.stop:
            self._end(idle[at])
        for member in self._starting[len(self._starting) - scaling.cancel :]:
            self._end(member)
        if scaling.start or self._starting:
            self._start_members(scaling.start, now)
        if self._waiting and not self._ready and now - self._waiting[0].since > self._start_seconds:
            self._give_up(
                ResourceError(
                    f"{len(self._waiting)} parts of benchmarks waited {self._start_seconds:.0f} s "
                    f"for an executor, which needs {self._size.cpus:g} CPU on a node that may "
                    "execute: add such nodes, or raise cluster.start_timeout_minutes"
                )
            )

    def _start_members(self, number: int, now: float) -> None:
        places = self._places(now)
        room = sum(places.rooms.values())
        for member in self._starting[:room]:
            # Ray would go on waiting for a node of another kind.
            if not member.is_placed:
                self._end(member)
                number += 1
        rooms = dict(places.rooms)
        for _ in range(number):
            node = max(rooms, key=lambda node: rooms[node], default="")
            if node:
                rooms[node] -= 1
                rooms = {node: room for node, room in rooms.items() if room}
            self._start_member(node, places.avoided)

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
        member = _Member(actor, time.monotonic(), is_placed=bool(node), node_id=node)
        self._starting.append(member)
        self._spawn(self._bring_up(member))

    async def _bring_up(self, member: _Member) -> None:
        """Wait until an executor is ready, and take it into service."""
        try:
            answer: Readiness = await member.actor.prepare.remote()
            lack = answer.error
            if lack is None:
                # It may ask the node, which takes time.
                cause = await asyncio.to_thread(self._refusal, answer.node_id)
                lack = EnvironmentLackError(cause) if cause else None
        except RayError as error:
            self._count_failed_start(member, error)
            return
        if member.is_ended:
            return
        if lack is not None:
            self._end(member)
            self._refused.add(answer.node_id)
            if not self._can_execute():
                self._give_up(lack)
            return
        member.node_id, member.pid = answer.node_id, answer.pid
        if not member.is_placed and answer.node_id in self._places(time.monotonic()).avoided:
            # The node joined after the executor was asked for.
            self._end(member)
            return
        self._num_failed = 0
        member.idle_since = time.monotonic()
        self._starting.remove(member)
        self._ready.append(member)
        self._hand_out()

    def _count_failed_start(self, member: _Member, error: RayError) -> None:
        if member.is_ended:
            return
        self._end(member)
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
            return Places(avoided=frozenset(self._refused))
        asked = [member.asked_at for member in self._starting if not member.is_placed]
        return decide_places(
            executor_nodes(),
            self._resources,
            refused=self._refused,
            running=Counter(member.node_id for member in (*self._starting, *self._ready)),
            may_grow=self._may_grow,
            wait_seconds=now - min(asked, default=now),
        )

    def _can_execute(self) -> bool:
        """Whether a node is left, or may come, that is not refused."""
        return self._may_grow or any(
            node.node_id not in self._refused and node.cpus >= self._size.cpus
            for node in executor_nodes()
        )

    def _give_up(self, error: CodemError) -> None:
        """Raise an error in all calls that wait."""
        self._error = error
        while self._waiting:
            future = self._waiting.popleft().member
            if not future.done():
                future.set_exception(error)

    async def _take(self) -> _Member:
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._hand_out()
        self._changed.set()
        return await waiting.member

    def _hand_out(self) -> None:
        """Give the waiting chunks to idle executors, in their order."""
        for member in self._ready:
            while self._waiting and not member.is_busy:
                future = self._waiting.popleft().member
                # A call whose trial has died is cancelled.
                if not future.done():
                    member.is_busy = True
                    future.set_result(member)

    def _release(self, member: _Member) -> None:
        member.is_busy = False
        member.idle_since = time.monotonic()
        self._hand_out()

    def _end(self, member: _Member) -> None:
        """End an executor, or take back the request for one."""
        member.is_ended = True
        for members in (self._starting, self._ready):
            if member in members:
                members.remove(member)
        ray.kill(member.actor, no_restart=True)
        self._changed.set()


async def _is_node_lost(member: _Member) -> bool:
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
