"""A cluster that several sweeps share, whose Ray retries pending groups after a pause."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codem_ray.sweep.placement import GroupShape, NodeView, place, take, without_group
from codem_ray.sweep.queue_policy import GroupRequest, Purpose, decide, overtaken_by
from codem_ray.sweep.queue_turns import (
    MAX_OVERTAKEN,
    RETRY_SECONDS,
    OtherGroup,
    Turns,
    may_pass_on,
)

STEP_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0
"""Longest time after which Ray tries a pending group again."""
LOOK_SECONDS = 1.0
LONGEST_IDLE_SECONDS = RETRY_SECONDS + LONGEST_PAUSE_SECONDS + LOOK_SECONDS + 2 * STEP_SECONDS
LAST_SECOND = 4000.0


@dataclass(kw_only=True)
class Group:
    """A placement group in Ray, and the trial that asked for it."""

    shape: GroupShape
    purpose: Purpose
    trial: str
    next_try: float = 0.0
    node_ids: list[str] = field(default_factory=list)
    until: float = 0.0

    @property
    def is_pending(self) -> bool:
        return not self.node_ids


@dataclass(kw_only=True)
class SharingSweep:
    """A sweep of trials that train and then generate."""

    shapes: Mapping[Purpose, GroupShape]
    trials: int
    turns: Turns = field(default_factory=Turns)
    waiting: dict[str, GroupRequest] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    ahead: list[OtherGroup] = field(default_factory=list)
    fits_since: dict[str, float] = field(default_factory=dict)
    next_look: float = 0.0
    passed: int = 0
    """Groups of other sweeps placed since this one has held none and waited."""
    longest_passed: int = 0

    @property
    def held(self) -> list[Group]:
        return [group for group in self.groups.values() if not group.is_pending]

    def of_trial(self, trial: str) -> str | None:
        found = [key for key, group in self.groups.items() if group.trial == trial]
        return found[0] if found else None


class SharedCluster:
    """Runs sweeps on the nodes; `stubborn` is a pending group that Ray never places."""

    def __init__(
        self,
        nodes: Sequence[NodeView],
        sweeps: Sequence[SharingSweep],
        rng: random.Random,
        stubborn: GroupShape | None = None,
    ) -> None:
        self.nodes, self.sweeps, self.rng = list(nodes), list(sweeps), rng
        self.stubborn = {"stubborn": stubborn} if stubborn else {}
        self.ids = (str(number) for number in itertools.count())
        self.now = 0.0
        for sweep in self.sweeps:
            sweep.next_look = rng.random()
            for at in range(sweep.trials):
                self._ask(sweep, f"{at:02}", Purpose.TRAINING)

    def run(self) -> None:
        """Run all to the end; AssertionError if a GPU is idle too long or nothing goes on."""
        while any(len(sweep.done) < sweep.trials for sweep in self.sweeps):
            self.now += STEP_SECONDS
            assert self.now < LAST_SECOND, "the sweeps wait for each other for ever"
            for sweep in self.sweeps:
                for group_id in [g for g, group in sweep.groups.items() if not group.is_pending]:
                    if sweep.groups[group_id].until <= self.now:
                        self._give_back(sweep, group_id)
            self._place()
            for sweep in self.rng.sample(self.sweeps, len(self.sweeps)):
                if sweep.next_look <= self.now:
                    self._look(sweep)
                self._check(sweep)

    def _ask(self, sweep: SharingSweep, trial: str, purpose: Purpose) -> None:
        sweep.waiting[trial] = GroupRequest(
            trial_id=trial, purpose=purpose, shape=sweep.shapes[purpose], arrived_at=self.now
        )
        sweep.next_look = min(sweep.next_look, self.now)

    def _pending(self, sweep: SharingSweep) -> dict[str, GroupShape]:
        others = [other for other in self.sweeps if other is not sweep]
        return self.stubborn | {
            group_id: group.shape
            for other in others
            for group_id, group in other.groups.items()
            if group.is_pending
        }

    def _look_at_others(self, sweep: SharingSweep, nodes: Sequence[NodeView]) -> list[OtherGroup]:
        sweep.turns.see(self._pending(sweep), self.now)
        without_ours = list(nodes)
        for group in sweep.held:
            without_ours = without_group(without_ours, group.shape, group.node_ids)
        return sweep.turns.ahead(nodes, without_ours, self.now)

    def _give_back(self, sweep: SharingSweep, group_id: str) -> None:
        group = sweep.groups[group_id]
        sweep.turns.see(self._pending(sweep), self.now)
        sweep.turns.end()
        ahead = self._look_at_others(sweep, self.nodes)
        after = without_group(self.nodes, group.shape, group.node_ids)
        is_training = group.purpose is Purpose.TRAINING
        trial = group.trial
        heirs = [r for r in sweep.waiting.values() if r.purpose is Purpose.GENERATION]
        if not is_training and heirs and may_pass_on(ahead, after):
            heir = min(heirs, key=lambda request: request.rank)
            self._withdraw(sweep, heir.trial_id)
            self._start(sweep, group, heir.trial_id)
        else:
            if ahead:
                for name in list(sweep.waiting):
                    self._withdraw(sweep, name)
            self.nodes = after
            del sweep.groups[group_id]
        if is_training:
            self._ask(sweep, trial, Purpose.GENERATION)
        else:
            sweep.done.append(trial)
        sweep.next_look = self.now

    def _withdraw(self, sweep: SharingSweep, trial: str) -> None:
        if (group_id := sweep.of_trial(trial)) is not None:
            del sweep.groups[group_id]
        sweep.waiting[trial] = replace(sweep.waiting[trial], is_open=False)

    def _start(self, sweep: SharingSweep, group: Group, trial: str) -> None:
        request = sweep.waiting.pop(trial)
        for other in overtaken_by(request, list(sweep.waiting.values())):
            behind = sweep.waiting[other]
            sweep.waiting[other] = replace(behind, overtaken=behind.overtaken + 1)
        group.trial, group.until = trial, self.now + self.rng.uniform(1.0, 12.0)
        sweep.turns.count_placed()
        sweep.passed = 0
        for other_sweep in self.sweeps:
            if other_sweep is not sweep and other_sweep.waiting and not other_sweep.held:
                other_sweep.passed += 1
                other_sweep.longest_passed = max(other_sweep.longest_passed, other_sweep.passed)

    def _place(self) -> None:
        """Try the pending groups whose time has come, in any order."""
        pending = [(s, g) for s in self.sweeps for g in s.groups.values() if g.is_pending]
        for sweep, group in self.rng.sample(pending, len(pending)):
            if group.next_try > self.now:
                continue
            free = [dict(node.free) for node in self.nodes]
            counts = place(group.shape, self.nodes, free)
            if counts is None:
                group.next_try = self.now + self.rng.uniform(0.1, LONGEST_PAUSE_SECONDS)
                continue
            take(group.shape, counts, free)
            self.nodes = [replace(n, free=f) for n, f in zip(self.nodes, free, strict=True)]
            for node, count in zip(self.nodes, counts, strict=True):
                group.node_ids += [node.node_id] * count
            self._start(sweep, group, group.trial)

    def _look(self, sweep: SharingSweep) -> None:
        sweep.next_look = self.now + LOOK_SECONDS
        sweep.ahead = self._look_at_others(sweep, self.nodes)
        decision = decide(list(sweep.waiting.values()), self.nodes, others=sweep.ahead)
        for name in decision.withdraw:
            self._withdraw(sweep, name)
        for name in decision.open:
            request = sweep.waiting[name]
            sweep.waiting[name] = replace(request, is_open=True)
            # Ray tries a new group at once.
            sweep.groups[next(self.ids)] = Group(
                shape=request.shape, purpose=request.purpose, trial=name, next_try=self.now
            )

    def _check(self, sweep: SharingSweep) -> None:
        """Fail if something fits for too long and nothing else has a right to the place."""
        free = [node.free for node in self.nodes]
        since = {name: at for name, at in sweep.fits_since.items() if name in sweep.waiting}
        sweep.fits_since = {}
        is_kept = any(other.overtaken >= MAX_OVERTAKEN for other in sweep.ahead)
        queue = sorted(sweep.waiting.values(), key=lambda request: request.rank)
        for at, request in enumerate(queue):
            is_kept = is_kept or any(r.overtaken >= MAX_OVERTAKEN for r in queue[:at])
            if not is_kept and place(request.shape, self.nodes, free) is not None:
                began = sweep.fits_since[request.trial_id] = since.get(request.trial_id, self.now)
                idle = self.now - began
                assert idle <= LONGEST_IDLE_SECONDS, f"{request} fits and waits for {idle} s"
