"""Load of a node while it trains: CPU, memory, network and GPU, by MLflow's names."""

from __future__ import annotations

import psutil


class SystemMetrics:
    """Samples this node, and the GPU that this rank trains on.

    MLflow's own monitor is not used, because it writes from every node to the tracking server.
    """

    def __init__(self, *, has_gpu: bool) -> None:
        self._has_gpu = has_gpu
        # The first call has nothing to compare with and returns 0.
        psutil.cpu_percent()
        self._network = _network_megabytes()

    def sample(self) -> dict[str, float]:
        """Return the CPU load since the last sample, the traffic since the start, and the rest."""
        memory = psutil.virtual_memory()
        received, sent = _network_megabytes()
        values = {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / 1e6,
            "system_memory_usage_percentage": 100 * memory.used / memory.total,
            "network_receive_megabytes": received - self._network[0],
            "network_transmit_megabytes": sent - self._network[1],
        }
        if self._has_gpu:
            values |= _gpu_values()
        return {name: round(value, 1) for name, value in values.items()}


def _network_megabytes() -> tuple[float, float]:
    counters = psutil.net_io_counters()
    # A container without any interface has no counters.
    return (counters.bytes_recv / 1e6, counters.bytes_sent / 1e6) if counters else (0.0, 0.0)


def _gpu_values() -> dict[str, float]:
    import pynvml
    import torch

    # Ranks of one node see the same devices, so the number is unique on the node.
    number = torch.cuda.current_device()
    free, total = torch.cuda.mem_get_info()
    values = {
        "memory_usage_megabytes": (total - free) / 1e6,
        "memory_usage_percentage": 100 * (total - free) / total,
    }
    try:
        values["utilization_percentage"] = float(torch.cuda.utilization())
        values["power_usage_watts"] = torch.cuda.power_draw() / 1000
    except pynvml.NVMLError:
        # Parts of a GPU (MIG) and some virtual GPUs have neither value.
        pass
    return {f"gpu_{number}_{name}": value for name, value in values.items()}
