"""Which helper processes of Ray Train are started."""

from __future__ import annotations

import pytest
from ray.train import ScalingConfig
from ray.train.v2._internal.callbacks.datasets import DatasetsCallback
from ray.train.v2._internal.callbacks.placement_group_callback import (
    PlacementGroupCleanerCallback,
)

from codem_ray.training.ray_trainer import LeanTorchTrainer


@pytest.mark.parametrize("is_ray_ours", [True, False])
def test_the_cleaner_is_left_out_only_where_ray_ends_with_us(is_ray_ours: bool) -> None:
    trainer = LeanTorchTrainer(
        print, is_ray_ours=is_ray_ours, scaling_config=ScalingConfig(num_workers=2)
    )
    kinds = [type(callback) for callback in trainer._create_default_callbacks()]
    assert DatasetsCallback not in kinds
    assert (PlacementGroupCleanerCallback not in kinds) == is_ray_ours
    assert len(kinds) >= 4
