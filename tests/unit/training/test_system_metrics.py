"""Load of the node that trains."""

from __future__ import annotations

import psutil
import pytest

from codem_ray.training.system_metrics import SystemMetrics


def test_a_sample_has_the_names_that_mlflow_gives_to_the_load_of_a_node() -> None:
    metrics = SystemMetrics(has_gpu=False)
    sample = metrics.sample()
    assert set(sample) == {
        "cpu_utilization_percentage",
        "system_memory_usage_megabytes",
        "system_memory_usage_percentage",
        "network_receive_megabytes",
        "network_transmit_megabytes",
    }
    assert 0 < sample["system_memory_usage_percentage"] < 100
    assert sample["system_memory_usage_megabytes"] < psutil.virtual_memory().total / 1e6


def test_a_node_without_network_interfaces_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_io_counters", lambda: None)
    assert SystemMetrics(has_gpu=False).sample()["network_receive_megabytes"] == 0
