"""Arithmetic of the figures of a training."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.models.gpu_kinds import gpu_of_device
from codem_ray.training.flops import model_flops_utilisation
from codem_ray.training.training_key import training_key


def test_half_of_the_peak_of_all_workers_is_an_mfu_of_one_half() -> None:
    def mfu(method: str) -> float:
        return model_flops_utilisation(
            TrainingConfig(method=method),
            parameters=7_000_000_000,
            tokens_per_second=8 * 312e12 / 2 / 42e9,
            workers=8,
            peak_flops=312e12,
        )

    assert mfu("full") == pytest.approx(0.5)
    assert mfu("lora") == pytest.approx(0.5 * 4 / 6)


@pytest.mark.parametrize(
    ("device", "gigabytes", "kind"),
    [
        ("NVIDIA A100-SXM4-40GB", 42.4, "A100-40G"),
        ("NVIDIA A100 80GB PCIe", 85, "A100-80G"),
        ("NVIDIA H200", 150, "H200"),
        ("Tesla V100-SXM2-32GB", 34, "V100"),
        ("NVIDIA L40S", 48, "L40S"),
        ("NVIDIA L4", 24, "L4"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", 10, None),
        ("NVIDIA GeForce RTX 4090", 24, None),
    ],
)
def test_a_device_is_of_a_known_kind_or_of_none(
    device: str, gigabytes: float, kind: str | None
) -> None:
    found = gpu_of_device(device, round(gigabytes * 1e9))
    assert (found.name if found else None) == kind


def test_a_stated_peak_is_in_no_trial_id() -> None:
    assert training_key(TrainingConfig(peak_tflops=3.0)) == training_key(TrainingConfig())
