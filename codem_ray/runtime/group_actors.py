"""Actors that live as long as the placement group they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ray
from ray.util.placement_group import PlacementGroup, placement_group_table
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

_REMOVED = "REMOVED"


class GroupActors:
    """An actor that starts actors in placement groups and keeps them as long as the groups exist.

    It outlives the trials, so that the next trial that is given the same group finds processes that
    have imported all they need.
    """

    def __init__(self, kind: Any, num_bundles: int, options: Mapping[str, Any]) -> None:
        """`kind` is a class of Ray actors; `options` are theirs, their place excepted."""
        self._kind, self._num_bundles, self._options = kind, num_bundles, options
        self._actors: dict[PlacementGroup, list[Any]] = {}

    def members(self, group: PlacementGroup) -> list[Any]:
        """Return the actors in a group, one in each of its bundles."""
        if group not in self._actors:
            self._actors = {
                known: actors
                for known, actors in self._actors.items()
                if placement_group_table(known)["state"] != _REMOVED
            }
            self._actors[group] = [
                self._kind.options(
                    **self._options,
                    scheduling_strategy=PlacementGroupSchedulingStrategy(
                        group, placement_group_bundle_index=bundle
                    ),
                ).remote()
                for bundle in range(self._num_bundles)
            ]
        return self._actors[group]

    def end(self, group: PlacementGroup) -> None:
        """Kill the actors in a group; `members` starts new ones."""
        for actor in self._actors.pop(group, []):
            ray.kill(actor)
