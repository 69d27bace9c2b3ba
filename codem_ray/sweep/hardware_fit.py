"""What a sweep needs of GPUs, hosts and disks, on its own resources and on usual clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codem_ray.config import Sweep, TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.models.gpu_kinds import ASSUMED_GPU, GPU_KINDS, GpuKind, stated_gpu
from codem_ray.models.inspect import BaseModelShape
from codem_ray.sweep.durations import training_seconds
from codem_ray.sweep.resources import (
    DiskNeeds,
    GpuMemory,
    HostMemory,
    disk_needs,
    host_memory,
    training_memory,
)
from codem_ray.training.method_registry import method_spec
from codem_ray.training.zero import accumulation_steps

USABLE_SHARE = 0.92
"""Share of a GPU's memory that an estimate may fill."""
GPUS_PER_NODE = 8
"""GPUs of a node, where the sweep file does not say how many nodes there are."""
_MICRO_BATCHES = (8, 4, 2, 1)
_OFFLOADS = ((False, False, (1, 2, 3)), (True, False, (1, 2, 3)), (True, True, (3,)))
"""Whether optimizer and weights are offloaded, and the ZeRO stages that can do it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Nodes with equal GPUs."""

    name: str
    nodes: int
    gpus_per_node: int
    gpu: GpuKind


USUAL_CLUSTERS = (
    Cluster(name="8 x 80 GB", nodes=1, gpus_per_node=8, gpu=GPU_KINDS["A100-80G"]),
    Cluster(name="2 x 8 x 40 GB", nodes=2, gpus_per_node=8, gpu=GPU_KINDS["A100-40G"]),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HardwareFit:
    """A trial's training on one cluster: its layout, its needs and whether they are met."""

    name: str
    gpu: str
    """Ray's accelerator type."""
    nodes: int
    workers: int
    zero_stage: int
    offload_optimizer: bool
    offload_parameters: bool
    gradient_checkpointing: bool
    micro_batch_sequences: int
    memory: GpuMemory
    gpu_bytes: int
    """Memory of one GPU."""
    host: HostMemory
    disk: DiskNeeds
    training_hours: float
    """Of all trials, one after the other."""

    @property
    def is_fit(self) -> bool:
        """Whether the estimate leaves some of the GPU's memory free."""
        return self.memory.total <= USABLE_SHARE * self.gpu_bytes


def hardware_fits(
    sweep: Sweep,
    shape: BaseModelShape,
    *,
    trained_tokens: float,
    num_trained: int,
    num_sources: int,
) -> tuple[HardwareFit, ...]:
    """Estimate a sweep on its own resources, and find a layout for each usual cluster.

    `trained_tokens` is the sum over all trials and epochs. A sweep without GPUs has no estimate.
    """
    if not sweep.resources.gpus_per_worker or not num_trained:
        return ()

    def fit(cluster: Cluster, training: TrainingConfig, workers: int) -> HardwareFit:
        per_node = min(workers, cluster.gpus_per_node)
        return HardwareFit(
            name=cluster.name,
            gpu=cluster.gpu.name,
            nodes=cluster.nodes,
            workers=workers,
            zero_stage=training.zero_stage,
            offload_optimizer=training.offload_optimizer,
            offload_parameters=training.offload_parameters,
            gradient_checkpointing=training.gradient_checkpointing,
            micro_batch_sequences=training.micro_batch_sequences,
            memory=training_memory(
                shape,
                training,
                workers=workers,
                max_tokens=sweep.data.max_tokens,
                has_gpu=True,
            ),
            gpu_bytes=cluster.gpu.memory_bytes,
            host=host_memory(shape, training, workers=workers, workers_per_node=per_node),
            disk=disk_needs(
                shape,
                training,
                num_trained=num_trained,
                num_sources=num_sources,
                keep=sweep.storage.keep_exports,
                has_gpu=True,
                are_checkpoints_copied=sweep.storage.are_checkpoints_copied,
                num_nodes=cluster.nodes,
            ),
            training_hours=training_seconds(
                training,
                parameters=shape.parameters,
                tokens=trained_tokens,
                num_trained=num_trained,
                gpus=workers * min(1.0, sweep.resources.gpus_per_worker),
                gpu=cluster.gpu,
            )
            / 3600,
        )

    def best(cluster: Cluster) -> HardwareFit:
        """Return the first layout that fits; the last one if none does."""
        workers = cluster.nodes * cluster.gpus_per_node
        tried = None
        for training in _layouts(sweep.training, workers):
            tried = fit(cluster, training, workers)
            if tried.is_fit:
                break
        return tried or fit(cluster, sweep.training, workers)

    return (
        fit(_own_cluster(sweep), sweep.training, sweep.resources.workers),
        *map(best, USUAL_CLUSTERS),
    )


def _own_cluster(sweep: Sweep) -> Cluster:
    gpus = max(1, round(sweep.resources.workers * sweep.resources.gpus_per_worker))
    per_node = gpus if sweep.cluster.placement == "STRICT_PACK" else min(gpus, GPUS_PER_NODE)
    return Cluster(
        name="this sweep",
        nodes=-(-gpus // per_node),
        gpus_per_node=per_node,
        gpu=stated_gpu(sweep.cluster.training_labels) or ASSUMED_GPU,
    )


def _layouts(training: TrainingConfig, workers: int) -> Iterator[TrainingConfig]:
    """Yield layouts that give the same weights, the fastest first.

    Offloading is the slowest, higher stages communicate more, and larger micro-batches less often.
    """
    for optimizer, parameters, stages in _OFFLOADS:
        for stage in stages:
            if stage > method_spec(training.method).max_zero_stage:
                continue
            for micro in _MICRO_BATCHES:
                layout = training.model_copy(
                    update={
                        "zero_stage": stage,
                        "offload_optimizer": optimizer,
                        "offload_parameters": parameters,
                        "micro_batch_sequences": micro,
                    }
                )
                try:
                    accumulation_steps(layout, workers)
                except ConfigError:
                    continue
                yield layout
