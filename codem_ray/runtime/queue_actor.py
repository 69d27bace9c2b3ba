"""The process that carries out the decisions of the queue with Ray's placement groups."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ray.exceptions import RayActorError
from ray.util.placement_group import (
    PlacementGroup,
    placement_group,
    placement_group_table,
    remove_placement_group,
)

from codem_ray.config import ClusterConfig
from codem_ray.runtime.cluster_view import cluster_nodes, pending_groups
from codem_ray.runtime.queue_entries import Answer, Entry, Owner, State
from codem_ray.sweep.capacity import TURN, ClusterLimits
from codem_ray.sweep.placement import GroupShape, NodeView, fits_when_idle, without_group
from codem_ray.sweep.queue_policy import (
    GroupRequest,
    Purpose,
    decide,
    describe_wait,
    overtaken_by,
)
from codem_ray.sweep.queue_turns import OtherGroup, Turns, may_pass_on

POLL_SECONDS = 2.0
"""Longest time until a waiting trial learns what it waits for."""
HAND_OVER_SECONDS = 60.0
"""Time within which Ray Train gets its own group. If it does not, another job has taken the place,
and the queue continues."""
_FAST, _SLOW, _IDLE = 0.1, 1.0, 10.0
"""Seconds between two polls of Ray: with a group just opened, a waiting trial, or neither."""
_LONGEST_WAIT_SECONDS = 14 * 24 * 3600.0


class QueueActor:
    """Holds the placement groups of one sweep, and what each trial waits for.

    It keeps no count of free resources: each poll asks Ray, so that it accounts for new nodes, lost
    nodes and the groups of other jobs. If the process is lost, trials ask its successor.
    """

    def __init__(
        self, config: ClusterConfig, limits: ClusterLimits, *, keeps_training: bool = False
    ) -> None:
        self._config, self._limits = config, limits
        self._keeps_training = keeps_training
        self._kept: list[Entry] = []
        """Trials that have trained, with their groups."""
        self._entries: dict[str, Entry] = {}
        self._arrived: dict[tuple[str, Purpose], float] = {}
        self._unplaceable_since: dict[Purpose, float] = {}
        self._turns = Turns()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def acquire(
        self, trial_id: str, purpose: Purpose, shape: GroupShape, owner: Owner | None
    ) -> Answer:
        """Wait some seconds for a trial's group; ask again until it is held. Idempotent."""
        self._start_loop()
        entry = self._entries.get(trial_id)
        if entry is not None and entry.is_of_another(owner) and self._is_kept(entry):
            # The training of a process that is lost must end before it is continued.
            self._drop(trial_id, is_lost=True)
            entry = None
        is_new = entry is None or entry.request.purpose is not purpose
        # Workers that start again have lost their group.
        if entry is None or is_new or entry.state in {State.HANDING_OVER, State.GIVEN}:
            before = self._entries.get(trial_id)
            self._drop(trial_id)
            # A trial that is tried again keeps its place in the queue.
            arrived = self._arrived.setdefault((trial_id, purpose), time.time())
            request = GroupRequest(
                trial_id=trial_id, purpose=purpose, shape=shape, arrived_at=arrived
            )
            entry = self._entries[trial_id] = Entry(request=request)
            owner = owner or (before.owner if before is not None else None)
        elif entry.is_waiting and entry.request.shape != shape:
            # The nodes that are left out are not those of the first request.
            self._withdraw(entry)
            entry.request = replace(entry.request, shape=shape)
        if owner is not None and (entry.owner is None or entry.owner.actor_id != owner.actor_id):
            self._watch(entry, owner)
        if entry.is_waiting and not entry.error:
            self._wake.set()
            entry.changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(entry.changed.wait(), timeout=POLL_SECONDS)
        if entry.error:
            self._drop(trial_id)
            return Answer(error=entry.error)
        if entry.is_waiting:
            return Answer(waits_for=entry.waits_for)
        return Answer(is_held=True, group=entry.group)

    async def refuse(self, trial_id: str) -> None:
        """Take back a group that is on a node that the trial cannot use; it waits for another."""
        entry = self._entries.get(trial_id)
        if entry is not None:
            self._withdraw(entry)

    async def begin_hand_over(self, trial_id: str) -> None:
        """Free a trial's group; no group of this sweep is pending until Ray Train has its own."""
        entry = self._entries.get(trial_id)
        if entry is None or entry.state is not State.HELD:
            return
        self._withdraw_open()
        if entry.group is not None:
            remove_placement_group(entry.group)
            entry.group = None
        entry.become(State.HANDING_OVER)

    async def end_hand_over(self, trial_id: str) -> None:
        """Note that Ray Train has its group."""
        entry = self._entries.get(trial_id)
        if entry is not None and entry.state is State.HANDING_OVER:
            entry.become(State.GIVEN)
            self._wake.set()

    async def release(self, trial_id: str) -> None:
        """Take back what a trial holds, and forget what it waits for. Idempotent."""
        self._drop(trial_id)
        self._wake.set()

    async def free_kept(self) -> None:
        """Free the groups that are kept for the next trial that trains. Idempotent."""
        self._free_kept()

    def _free_kept(self) -> None:
        for entry in self._kept:
            self._withdraw(entry)
        self._kept = []

    def _drop(self, trial_id: str, *, is_lost: bool = False) -> None:
        entry = self._entries.pop(trial_id, None)
        if entry is None:
            return
        if entry.watch is not None:
            entry.watch.cancel()
        if entry.is_waiting:
            self._withdraw(entry)
        elif self._is_kept(entry) and not is_lost:
            self._kept.append(entry)
        elif TURN not in entry.request.shape.bundle:
            self._give_back(entry)

    def _is_kept(self, entry: Entry) -> bool:
        """Whether a group is kept after its training, with the process in it."""
        is_training = entry.request.purpose is Purpose.TRAINING
        return self._keeps_training and is_training and entry.state is State.HELD

    def _waiting_for_groups(self) -> list[Entry]:
        return [e for e in self._all() if e.is_waiting and TURN not in e.request.shape.bundle]

    def _reuse_kept(self) -> None:
        """Give kept groups to the trials that train next; free them if another is before these."""
        for entry in sorted(self._waiting_for_groups(), key=lambda entry: entry.request.rank):
            if not self._kept:
                return
            kept = self._kept.pop(0)
            is_same = entry.request.purpose is Purpose.TRAINING
            is_same = is_same and entry.request.shape == kept.request.shape
            if not is_same or _in_ray(kept.group)["state"] != "CREATED":
                self._withdraw(kept)
                self._free_kept()
                return
            self._withdraw(entry)
            entry.group, entry.node_ids = kept.group, kept.node_ids
            self._hold(entry)

    def _give_back(self, entry: Entry) -> None:
        """Keep a group for the next trial, or free it, after which other jobs have their turn."""
        nodes, now = cluster_nodes(), time.monotonic()
        self._turns.see(self._others(), now)
        self._turns.end()
        after = without_group(nodes, entry.request.shape, entry.node_ids)
        ahead = self._turns.ahead(nodes, self._without_ours(after), now)
        if may_pass_on(ahead, after) and self._passed_on(entry):
            self._turns.count_placed()
            return
        if ahead:
            self._withdraw_open()
        self._withdraw(entry)

    def _others(self) -> dict[str, GroupShape]:
        """Return the pending groups of other jobs, by their ids."""
        ours = {entry.group.id.hex() for entry in self._all() if entry.group is not None}
        return {key: shape for key, shape in pending_groups().items() if key not in ours}

    def _without_ours(self, nodes: list[NodeView]) -> list[NodeView]:
        """Return the nodes as they are when all groups of this sweep have ended."""
        for entry in self._all():
            if not entry.is_waiting:
                nodes = without_group(nodes, entry.request.shape, entry.node_ids)
        return nodes

    def _passed_on(self, entry: Entry) -> bool:
        """Give a generation group to the next trial that generates, with the engines in it."""
        if entry.state is not State.HELD or entry.request.purpose is not Purpose.GENERATION:
            return False
        heirs = [
            other
            for other in self._entries.values()
            if other.is_waiting
            and other.request.purpose is Purpose.GENERATION
            and other.request.shape == entry.request.shape
        ]
        if not heirs or _in_ray(entry.group)["state"] != "CREATED":
            return False
        heir = min(heirs, key=lambda other: other.request.rank)
        self._withdraw(heir)
        heir.group, heir.node_ids = entry.group, entry.node_ids
        heir.become(State.HELD)
        return True

    def _withdraw(self, entry: Entry) -> None:
        if entry.group is not None:
            remove_placement_group(entry.group)
        entry.group, entry.node_ids = None, []
        entry.state = State.WAITING

    def _withdraw_open(self) -> None:
        for entry in self._all():
            if entry.state is State.OPEN:
                self._withdraw(entry)

    def _watch(self, entry: Entry, owner: Owner) -> None:
        if entry.watch is not None:
            entry.watch.cancel()
        entry.owner = owner
        entry.watch = asyncio.create_task(self._release_at_death(entry, owner.actor))

    async def _release_at_death(self, entry: Entry, actor: Any) -> None:
        """Release what the process of a trial holds when it dies."""
        while True:
            try:
                # The process answers when it has finished the trial; its death ends the call.
                await actor.__ray_ready__.remote()
            except RayActorError:
                entry.watch = None
                if self._entries.get(entry.request.trial_id) is entry:
                    self._drop(entry.request.trial_id, is_lost=True)
                    self._wake.set()
                return
            await asyncio.sleep(POLL_SECONDS)

    def _start_loop(self) -> None:
        if self._loop is not None and self._loop.done():
            ended, self._loop = self._loop, None
            # The asking trial fails with the loop's error; its next attempt starts the loop again.
            ended.result()
        if self._loop is None:
            self._loop = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=self._pause())
            self._wake.clear()
            self._look()

    def _pause(self) -> float:
        now = time.monotonic()
        if any(e.state is State.OPEN and now - e.since < POLL_SECONDS for e in self._all()):
            return _FAST
        return _SLOW if any(entry.is_waiting for entry in self._all()) else _IDLE

    def _all(self) -> Iterable[Entry]:
        return self._entries.values()

    def _look(self) -> None:
        """Note which groups Ray has placed, and open and withdraw what the policy says."""
        for entry in [entry for entry in self._all() if entry.state is State.OPEN]:
            found = _in_ray(entry.group)
            if found["state"] == "CREATED":
                entry.node_ids = list(found["bundles_to_node_id"].values())
                self._hold(entry)
                self._turns.count_placed()
            elif found["state"] == "REMOVED":
                self._withdraw(entry)
        self._give_turn()
        self._reuse_kept()
        waiting = self._waiting_for_groups()
        if not waiting:
            return
        nodes, now = cluster_nodes(), time.monotonic()
        self._turns.see(self._others(), now)
        ahead = self._turns.ahead(nodes, self._without_ours(nodes), now)
        decision = decide(
            [replace(e.request, is_open=e.state is State.OPEN) for e in waiting],
            nodes,
            others=ahead,
            may_grow=self._limits.may_grow(nodes),
            gpus_left=self._gpus_left(),
            is_handing_over=any(
                e.state is State.HANDING_OVER and now - e.since < HAND_OVER_SECONDS
                for e in self._all()
            ),
        )
        for trial_id in decision.withdraw:
            self._withdraw(self._entries[trial_id])
        for trial_id in decision.open:
            self._open(self._entries[trial_id])
        self._describe(waiting, nodes, ahead)

    def _give_turn(self) -> None:
        turns = [e for e in self._all() if TURN in e.request.shape.bundle]
        waiting = [entry for entry in turns if entry.is_waiting]
        for entry in waiting:
            entry.waits_for = "waits for its turn with the generators"
        if waiting and len(waiting) == len(turns):
            self._hold(min(waiting, key=lambda entry: entry.request.rank))

    def _open(self, entry: Entry) -> None:
        shape = entry.request.shape
        entry.group = placement_group(
            [dict(shape.bundle)] * shape.bundles,
            strategy=shape.placement,
            bundle_label_selector=[dict(shape.labels)] * shape.bundles if shape.labels else None,
        )
        entry.state, entry.since = State.OPEN, time.monotonic()

    def _hold(self, entry: Entry) -> None:
        entry.become(State.HELD)
        waiting = [other.request for other in self._all() if other.is_waiting]
        for trial_id in overtaken_by(entry.request, waiting):
            passed = self._entries[trial_id]
            passed.request = replace(passed.request, overtaken=passed.request.overtaken + 1)

    def _gpus_left(self) -> float:
        if self._config.max_gpus is None:
            return float("inf")
        return self._config.max_gpus - sum(
            entry.request.shape.gpus for entry in self._all() if not entry.is_waiting
        )

    def _describe(
        self, waiting: list[Entry], nodes: list[NodeView], ahead: list[OtherGroup]
    ) -> None:
        """Write what each trial waits for, and end waits that have taken too long."""
        now = time.monotonic()
        held = {
            purpose.text: sum(
                not e.is_waiting and e.request.purpose is purpose for e in self._all()
            )
            for purpose in Purpose
        }
        timeout = self._config.start_timeout_minutes * 60
        for entry in waiting:
            request = entry.request
            is_feasible = fits_when_idle(request.shape, nodes)
            since = now
            if is_feasible:
                self._unplaceable_since.pop(request.purpose, None)
            else:
                since = self._unplaceable_since.setdefault(request.purpose, now)
            entry.waits_for = describe_wait(
                request,
                [other.request for other in waiting],
                nodes,
                held=held,
                is_feasible=is_feasible,
                num_others=len(ahead),
            )
            if now - entry.since > _LONGEST_WAIT_SECONDS:
                entry.error = f"{entry.waits_for}, for two weeks: end other jobs of the cluster"
                entry.changed.set()
            elif now - since > timeout:
                limit = self._config.start_timeout_minutes
                entry.error = (
                    f"{entry.waits_for}; they did not come within cluster.start_timeout_minutes "
                    f"({limit:g}): check `ray status` and the cloud's quotas, or raise the limit"
                )
                entry.changed.set()


def _in_ray(group: PlacementGroup | None) -> dict[str, Any]:
    """Return Ray's row of a group; its state is REMOVED if Ray knows no such group."""
    return placement_group_table(group) or {"state": "REMOVED"}
