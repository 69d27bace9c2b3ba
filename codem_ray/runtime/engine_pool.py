"""The generation engines of a sweep, which one trial after another loads its model into."""

from __future__ import annotations

from typing import Any

import ray
from ray.util.placement_group import PlacementGroup, placement_group_table
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from codem_ray.generation.engine import ModelSpec
from codem_ray.runtime.generators import (
    STALL_SECONDS,
    EngineFactory,
    Generators,
    generator_class,
)

_CALL_SECONDS = 120.0
_REMOVED = "REMOVED"


class EngineKeeper:
    """An actor that starts engines in placement groups and keeps them as long as the groups exist.

    It outlives the trials, so that the next trial that is given the same group finds processes that
    have imported all they need.
    """

    def __init__(self, num_engines: int, num_gpus: float) -> None:
        self._num_engines, self._num_gpus = num_engines, num_gpus
        self._engines: dict[PlacementGroup, list[Any]] = {}

    def engines(self, group: PlacementGroup) -> list[Any]:
        """Return the engines in a group, one in each of its bundles."""
        if group not in self._engines:
            self._engines = {
                known: actors
                for known, actors in self._engines.items()
                if placement_group_table(known)["state"] != _REMOVED
            }
            self._engines[group] = [
                generator_class()
                .options(
                    num_cpus=0,
                    num_gpus=self._num_gpus,
                    # Until the group is removed: a trial after a crash finds a new process.
                    max_restarts=-1,
                    scheduling_strategy=PlacementGroupSchedulingStrategy(
                        group, placement_group_bundle_index=bundle
                    ),
                )
                .remote()
                for bundle in range(self._num_engines)
            ]
        return self._engines[group]


class EnginePool:
    """The engines of a sweep; pickles to the trials' processes.

    On GPUs a trial holds a placement group, and its engines are in it. On CPUs all trials share the
    same engines, which reserve nothing, so that training can start beside them; only one trial may
    use them at a time.
    """

    def __init__(self, *, shared: list[Any] | None = None, keeper: Any = None) -> None:
        self._shared, self._keeper = shared or [], keeper

    @classmethod
    def start_shared(cls, num_engines: int, **options: Any) -> EnginePool:
        """Start engines that reserve nothing; `options` are those of Ray's actors."""
        kind = generator_class().options(num_cpus=0, max_restarts=-1, **options)
        return cls(shared=[kind.remote() for _ in range(num_engines)])

    @classmethod
    def start_in_groups(cls, num_engines: int, num_gpus: float, **options: Any) -> EnginePool:
        """Prepare for engines of `num_gpus` each; `options` are those of the keeper's actor."""
        kind: Any = ray.remote(EngineKeeper)
        keeper = kind.options(num_cpus=0, max_restarts=-1, **options)
        return cls(keeper=keeper.remote(num_engines, num_gpus))

    def load(
        self,
        spec: ModelSpec,
        engine: str,
        group: PlacementGroup | None,
        *,
        stall_seconds: float = STALL_SECONDS,
        factory: EngineFactory | None = None,
    ) -> Generators:
        """Load a model into the engines of a group; None: into those that all trials share.

        Raises as `Generators.borrow`.
        """
        actors = self._shared
        if group is not None:
            actors = ray.get(self._keeper.engines.remote(group), timeout=_CALL_SECONDS)
        return Generators.borrow(actors, spec, engine, stall_seconds=stall_seconds, factory=factory)
