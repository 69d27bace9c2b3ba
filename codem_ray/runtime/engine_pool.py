"""The generation engines of a sweep, which one trial after another loads its model into."""

from __future__ import annotations

from typing import Any

import ray
from ray.util.placement_group import PlacementGroup

from codem_ray.generation.engine import ModelSpec
from codem_ray.runtime.generators import (
    STALL_SECONDS,
    EngineFactory,
    Generators,
    generator_class,
)
from codem_ray.runtime.group_actors import GroupActors

_CALL_SECONDS = 120.0


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
        keeper: Any = ray.remote(GroupActors)
        keeper = keeper.options(num_cpus=0, max_restarts=-1, **options)
        # Until the group is removed: a trial after a crash finds a new process.
        settings = {"num_cpus": 0, "num_gpus": num_gpus, "max_restarts": -1}
        return cls(keeper=keeper.remote(generator_class(), num_engines, settings))

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
            actors = ray.get(self._keeper.members.remote(group), timeout=_CALL_SECONDS)
        return Generators.borrow(actors, spec, engine, stall_seconds=stall_seconds, factory=factory)
