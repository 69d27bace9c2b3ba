"""A TorchTrainer that starts no process it has no use for."""

from __future__ import annotations

from typing import Any

from ray.train.torch import TorchTrainer
from ray.train.v2._internal.callbacks.datasets import DatasetsCallback
from ray.train.v2._internal.callbacks.placement_group_callback import (
    PlacementGroupCleanerCallback,
)


class LeanTorchTrainer(TorchTrainer):  # type: ignore[misc]
    """TorchTrainer without helper processes, which cost 2 to 3 CPU-seconds each and run.

    The manager of Ray Data sets has none to manage here. The placement-group cleaner is for a
    cluster that outlives a controller; where Ray ends with the sweep it has nothing to clean.
    """

    def __init__(self, *args: Any, is_ray_ours: bool = False, **options: Any) -> None:
        self._is_ray_ours = is_ray_ours
        super().__init__(*args, **options)

    def _create_default_callbacks(self) -> list[Any]:
        callbacks: list[Any] = super()._create_default_callbacks()
        unused: tuple[type, ...] = (DatasetsCallback,)
        if self._is_ray_ours:
            unused = (DatasetsCallback, PlacementGroupCleanerCallback)
        return [callback for callback in callbacks if not isinstance(callback, unused)]
