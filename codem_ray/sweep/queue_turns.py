"""Decides which pending placement groups of other jobs go before those of this sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray.sweep.placement import GroupShape, NodeView, place

MAX_OVERTAKEN = 4
"""Number of later or less urgent groups that may pass a group that does not fit yet. After that,
freed resources are kept for it."""
RETRY_SECONDS = 3.0
"""Time within which Ray places a pending group that fits: it delays a retry by up to 1 s, starts
retries once a second, and learns of freed resources with a short delay."""
IGNORE_SECONDS = 60.0
"""Time for which a group is ignored that seems to fit but is not placed: it has constraints that
only Ray knows."""
_FORGET_SECONDS = 1.5
"""Time after which a group that is no longer pending is forgotten. While Ray tries to place a
group, it is not among the pending ones for some milliseconds."""


@dataclass(kw_only=True, slots=True)
class OtherGroup:
    """A placement group of another job that is pending in Ray."""

    shape: GroupShape
    overtaken: int = 0
    """Groups of this sweep that were placed while this one was ahead of them."""
    is_ahead: bool = False
    """Whether it was pending when this sweep last got or returned a group."""
    fits_since: float | None = None
    """When it was first seen to fit on the free resources; None while it does not fit."""
    ignored_until: float = -math.inf
    seen_at: float = 0.0


class Turns:
    """Gives other jobs a turn after each group that this sweep got or returned.

    Sweeps do not know of each other. Each sees the groups that are pending in Ray, which include
    the first waiting group of every other sweep. Those that were pending when the sweep's own last
    turn ended go first. Times are in seconds of one clock.
    """

    def __init__(self) -> None:
        self._groups: dict[str, OtherGroup] = {}

    def see(self, pending: Mapping[str, GroupShape], now: float) -> None:
        """Note the groups of other jobs that are pending now, by their ids."""
        for group_id, shape in pending.items():
            self._groups.setdefault(group_id, OtherGroup(shape=shape)).seen_at = now
        self._groups = {
            group_id: group
            for group_id, group in self._groups.items()
            if now - group.seen_at < _FORGET_SECONDS
        }

    def count_placed(self) -> None:
        """Note that a group of this sweep was placed."""
        for group in self._groups.values():
            group.overtaken += group.is_ahead
        self.end()

    def end(self) -> None:
        """End this sweep's turn: groups pending now go before those that the sweep opens later."""
        for group in self._groups.values():
            group.is_ahead = True

    def ahead(
        self, nodes: Sequence[NodeView], nodes_without_ours: Sequence[NodeView], now: float
    ) -> list[OtherGroup]:
        """Return the groups that go before ours.

        `nodes_without_ours` are the nodes as they are when all groups of this sweep have ended.
        A group that does not fit even then waits for other jobs: this sweep does not wait for it.
        """
        ahead = []
        for group in self._groups.values():
            if not group.is_ahead or now < group.ignored_until:
                continue
            if not _fits(group.shape, nodes):
                group.fits_since = None
                if not _fits(group.shape, nodes_without_ours):
                    continue
            elif group.fits_since is None:
                group.fits_since = now
            elif now - group.fits_since > RETRY_SECONDS:
                group.fits_since, group.ignored_until = None, now + IGNORE_SECONDS
                continue
            ahead.append(group)
        return ahead


def may_pass_on(ahead: Sequence[OtherGroup], nodes_after: Sequence[NodeView]) -> bool:
    """Return whether a group that a trial returns may go to the next trial of the same sweep.

    `nodes_after` are the nodes as they would be without the group.
    """
    return not any(
        group.overtaken >= MAX_OVERTAKEN or _fits(group.shape, nodes_after) for group in ahead
    )


def _fits(shape: GroupShape, nodes: Sequence[NodeView]) -> bool:
    return place(shape, nodes, [node.free for node in nodes]) is not None
