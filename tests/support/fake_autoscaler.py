"""Ray's autoscaler with its provider of fake nodes, on one machine of the rig."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ray_rig import GCS_PORT, RayRig

IDLE_MINUTES = 0.3
MAX_WORKERS = 3
_COMMANDS = (
    *("initialization_commands", "setup_commands", "cluster_synced_files"),
    *(f"{kind}_{when}_commands" for kind in ("head", "worker") for when in ("setup", "start_ray")),
)
_SAMPLES = "/tmp/nodes.jsonl"
_SAMPLER = f"""
import json, time, ray
from ray._private.state import available_resources_per_node
ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
with open("{_SAMPLES}", "w") as samples:
    while True:
        free = available_resources_per_node()
        workers = [n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU")]
        used = [n["Resources"]["CPU"] > free.get(n["NodeID"], {{}}).get("CPU", 0) for n in workers]
        print(json.dumps([time.time(), len(workers), sum(used)]), file=samples, flush=True)
        time.sleep(1)
"""


@dataclass(frozen=True, kw_only=True)
class NodeTimes:
    """Nodes of a cluster over time, from samples of each second."""

    samples: list[tuple[float, int, int]]
    """Time, worker nodes, and those of them with a CPU in use."""

    def first(self, nodes: int) -> float:
        """Return when the cluster first had this many worker nodes."""
        return next(time for time, count, _ in self.samples if count >= nodes)

    def most(self) -> int:
        """Return the largest number of worker nodes."""
        return max(count for _, count, _ in self.samples)

    def now(self) -> int:
        """Return the number of worker nodes at the last sample."""
        return self.samples[-1][1] if self.samples else 0

    def node_seconds(self) -> tuple[float, float]:
        """Return the seconds of all worker nodes, and of those without a CPU in use."""
        total = idle = 0.0
        for (start, count, used), (end, _, _) in zip(self.samples, self.samples[1:], strict=False):
            total += (end - start) * count
            idle += (end - start) * (count - used)
        return total, idle


def start_autoscaling_head(rig: RayRig, worker: Mapping[str, float]) -> None:
    """Start a head without CPUs whose autoscaler adds up to `MAX_WORKERS` nodes of a kind."""
    config: dict[str, Any] = {
        "cluster_name": "fake",
        "max_workers": MAX_WORKERS,
        "idle_timeout_minutes": IDLE_MINUTES,
        "upscaling_speed": 10,
        "provider": {
            "type": "external",
            "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
            "gcs_address": f"{rig.head.address}:{GCS_PORT}",
            # The nodes have one address, and nothing has to be installed on them.
            "use_node_id_as_ip": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
        },
        "available_node_types": {
            "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            "worker": {
                "resources": {**worker, "object_store_memory": 128 << 20},
                "node_config": {},
                "min_workers": 0,
                "max_workers": MAX_WORKERS,
            },
        },
        "head_node_type": "ray.head.default",
        # The autoscaler fills these in for the providers that it knows only.
        **{key: {} for key in ("auth", "docker", "file_mounts")},
        **{key: [] for key in _COMMANDS},
    }
    (rig.head.folder / "tmp/autoscaling.json").write_text(json.dumps(config))
    # The provider takes the address of the host name.
    (rig.head.folder / "hosts").write_text(f"127.0.0.1 localhost\n{rig.head.address} head\n")
    # As ray.cluster_utils.AutoscalingCluster sets them, whose example file is not in the wheel.
    rig.head.environment |= {"RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1"}
    rig.start_head(extra=("--autoscaling-config=/tmp/autoscaling.json",))
    rig.head.spawn(["python", "-c", _SAMPLER])


def node_times(rig: RayRig) -> NodeTimes:
    """Return the samples so far."""
    path = rig.head.folder / "tmp/nodes.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return NodeTimes(samples=[tuple(json.loads(line)) for line in lines])
