"""What the queue knows of each trial that waits for a placement group or holds one."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ray.util.placement_group import PlacementGroup

from codem_ray.sweep.queue_policy import GroupRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The queue's answer to a trial that asks for its group."""

    is_held: bool = False
    group: PlacementGroup | None = None
    waits_for: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The process of a trial."""

    actor_id: str
    actor: Any


class State(Enum):
    """Where a trial is between its request and its group."""

    WAITING = auto()
    OPEN = auto()
    """Ray has the group and looks for a place."""
    HELD = auto()
    HANDING_OVER = auto()
    """The group is removed, and Ray Train makes its own."""
    GIVEN = auto()
    """Ray Train has its own group."""


@dataclass(kw_only=True)
class Entry:
    """A trial in the queue."""

    request: GroupRequest
    state: State = State.WAITING
    group: PlacementGroup | None = None
    node_ids: list[str] = field(default_factory=list)
    """The node of each bundle that is held. Ray Train's group mostly gets the same places."""
    since: float = field(default_factory=time.monotonic)
    """When the state began, in monotonic time."""
    waits_for: str = ""
    error: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    owner: Owner | None = None
    watch: asyncio.Task[None] | None = None

    def become(self, state: State) -> None:
        """Change the state, and wake the call that waits for the change."""
        self.state, self.since = state, time.monotonic()
        self.changed.set()

    def is_of_another(self, owner: Owner | None) -> bool:
        """Whether a process other than the trial's so far asks for it."""
        if owner is None or self.owner is None:
            return False
        return owner.actor_id != self.owner.actor_id

    @property
    def is_waiting(self) -> bool:
        """Whether the trial has no group yet."""
        return self.state in {State.WAITING, State.OPEN}
