"""A TorchTrainer that starts no process it has no use for."""

from __future__ import annotations

from typing import Any

from ray.train.torch import TorchTrainer
from ray.train.v2._internal.callbacks.placement_group_callback import (
    PlacementGroupCleanerCallback,
)


def _has_dashboard() -> bool:
    import ray._private.worker as ray_worker

    return bool(ray_worker.get_dashboard_url())


class LeanTorchTrainer(TorchTrainer):  # type: ignore[misc]
    """TorchTrainer without the placement-group cleaner where that cannot work.

    The cleaner is a process per run that asks the dashboard whether the controller lives; without
    a dashboard it only prints a warning every second.
    """

    def _create_default_callbacks(self) -> list[Any]:
        callbacks: list[Any] = super()._create_default_callbacks()
        if _has_dashboard():
            return callbacks
        return [
            callback
            for callback in callbacks
            if not isinstance(callback, PlacementGroupCleanerCallback)
        ]
