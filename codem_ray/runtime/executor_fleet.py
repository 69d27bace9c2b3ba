"""The actor that scales a sweep's executors and gives each a chunk of jobs at a time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ray.exceptions import RayActorError, RayError, RayTaskError

from codem_ray.config import ResourcesConfig
from codem_ray.errors import CodemError, ResourceError
from codem_ray.records import Verdict
from codem_ray.runtime.executor_actor import ExecutorFactory
from codem_ray.runtime.executor_members import Member, Members, Refusal, is_node_lost
from codem_ray.sweep.executor_policy import PoolSize, PoolState, decide_scaling
from codem_ray.wording import last_line

MAX_LOST_NODES = 10
"""Executors that a chunk may lose with their nodes before it fails."""
SECONDS_PER_JOB = 180.0
SECONDS_PER_CHUNK = 900.0
"""Longest time of one program that compiles, runs and is retried as slowly as its limits allow."""
TICK_SECONDS = 2.0


@dataclass
class _Waiting:
    """A chunk without an executor."""

    member: asyncio.Future[Member]
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
        may_grow: bool,
        start_seconds: float,
    ) -> None:
        self._size, self._start_seconds = size, start_seconds
        self._changed = asyncio.Event()
        self._members = Members(
            factory,
            size,
            resources,
            refused=refused,
            may_grow=may_grow,
            wake=self._changed.set,
            give_up=self._give_up,
        )
        self._waiting: deque[_Waiting] = deque()
        self._quiet_since = time.monotonic()
        self._scaling: asyncio.Task[None] | None = None
        self._error: CodemError | None = None

    async def start(self, refusal: Refusal) -> tuple[int, ...]:
        """Wait until the fixed number of executors is ready; return their process ids.

        `refusal` is asked about each node on which an executor has started.
        """
        self._begin(refusal)
        while len(self._members.ready) < self._size.minimum:
            if self._error is not None:
                raise self._error
            await asyncio.sleep(0.02)
        return tuple(member.pid for member in self._members.ready)

    async def judge(
        self,
        jobs: Sequence[Any],
        num_jobs: int,
        expected_checks: Mapping[str, int],
        refusal: Refusal,
    ) -> list[Verdict]:
        """Return the verdicts of one chunk from the next free executor.

        Args:
            jobs: A list with the reference to the jobs, which do not pass through this process.
            num_jobs: Their number.
            expected_checks: Checks that references make, by problem digest.
            refusal: As for `start`, which is not called again after a restart.

        Raises:
            CodemError: an error of the executor, or no executor can be had.
            RuntimeError: the executor died or failed otherwise; the caller may retry.
        """
        self._begin(refusal)
        cause = ""
        for _ in range(MAX_LOST_NODES):
            member = await self._take()
            limit = SECONDS_PER_CHUNK + SECONDS_PER_JOB * num_jobs
            try:
                verdicts: list[Verdict] = await asyncio.wait_for(
                    member.actor.execute.remote(jobs[0], expected_checks), limit
                )
            except TimeoutError:
                self._members.end(member)
                raise RuntimeError(f"the executor gave no verdict for {limit:.0f} s") from None
            except RayActorError as error:
                cause = last_line(error)
                has_lost_node = await is_node_lost(member)
                self._members.end(member)
                if has_lost_node:
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
            "starting": len(self._members.starting),
            "ready": len(self._members.ready),
            "busy": sum(member.is_busy for member in self._members.ready),
            "by_node": dict(Counter(member.node_id for member in self._members.ready)),
            "pids": [member.pid for member in self._members.ready],
            "refused": sorted(self._members.refused),
        }

    def _begin(self, refusal: Refusal) -> None:
        """Start scaling. Each call does so, because Ray may have restarted the fleet.

        `refusal` is no argument of the constructor: it holds an actor's handle, which Ray does not
        keep for a restart.
        """
        self._members.refusal = refusal
        if self._scaling is None or self._scaling.done():
            self._scaling = asyncio.get_running_loop().create_task(self._keep_scaling())

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
        idle = [member for member in self._members.ready if not member.is_busy]
        scaling = decide_scaling(
            PoolState(
                waiting=len(self._waiting),
                busy=len(self._members.ready) - len(idle),
                starting=len(self._members.starting),
                idle_seconds=[now - member.idle_since for member in idle],
                quiet_seconds=now - self._quiet_since,
            ),
            self._size,
        )
        for at in scaling.stop:
            self._members.end(idle[at])
        for member in self._members.starting[len(self._members.starting) - scaling.cancel :]:
            self._members.end(member)
        if scaling.start or self._members.starting:
            self._members.start(scaling.start, now)
        waited = now - self._waiting[0].since if self._waiting else 0.0
        if waited > self._start_seconds and not self._members.ready:
            self._give_up(
                ResourceError(
                    f"{len(self._waiting)} parts of benchmarks waited {self._start_seconds:.0f} s "
                    f"for an executor, which needs {self._size.cpus:g} CPU on a node that may "
                    "execute: add such nodes, or raise cluster.start_timeout_minutes"
                )
            )

    def _give_up(self, error: CodemError) -> None:
        """Raise an error in all calls that wait."""
        self._error = error
        while self._waiting:
            future = self._waiting.popleft().member
            if not future.done():
                future.set_exception(error)

    async def _take(self) -> Member:
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._hand_out()
        self._changed.set()
        return await waiting.member

    def _hand_out(self) -> None:
        """Give the waiting chunks to idle executors, in their order."""
        for member in self._members.ready:
            while self._waiting and not member.is_busy:
                future = self._waiting.popleft().member
                # A call whose trial has died is cancelled.
                if not future.done():
                    member.is_busy = True
                    future.set_result(member)

    def _release(self, member: Member) -> None:
        member.is_busy = False
        member.idle_since = time.monotonic()
        self._hand_out()
