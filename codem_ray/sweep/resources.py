"""Estimates of a sweep's memory and disk, and of the trials that a cluster can run at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.config import ResourcesConfig, TrainingConfig
from codem_ray.errors import ResourceError
from codem_ray.models.inspect import BaseModelShape

MAX_DEFAULT_EXECUTORS = 64
_EXTRA_TRIALS = 2
"""Trials beyond those that can train: one may generate and one execute meanwhile."""
_FP32, _BF16 = 4, 2
_ADAM = 8
"""Bytes of AdamW's two fp32 moments, per parameter."""
_ACTIVATION_VALUES = 34
"""Values kept per token, layer and unit of width for the backward pass (Korthikanti et al. 2022,
without the attention matrix, which sdpa does not keep)."""


def training_memory_bytes(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    workers: int,
    max_tokens: int,
    is_bf16: bool,
) -> int:
    """Estimate the memory of one worker: weights, gradients, optimizer (Rajbhandari et al. 2020,
    table 1), activations and logits."""
    p = shape.parameters
    value = _BF16 if is_bf16 else _FP32
    weights, gradients = value * p, value * p
    # Mixed precision keeps a fp32 copy of the weights with the optimizer.
    optimizer = _ADAM * p + (_FP32 * p if is_bf16 else 0)
    if training.zero_stage >= 1:
        optimizer = optimizer // workers
    if training.zero_stage >= 2:
        gradients = gradients // workers
    if training.zero_stage >= 3:
        weights = weights // workers
    if training.offload_optimizer:
        optimizer = 0
    tokens = training.micro_batch_sequences * max_tokens
    per_layer = value if training.gradient_checkpointing else _ACTIVATION_VALUES * value // 2
    activations = tokens * shape.hidden_size * shape.num_layers * per_layer
    if training.gradient_checkpointing:
        activations += tokens * shape.hidden_size * _ACTIVATION_VALUES * value // 2
    logits = 2 * _FP32 * tokens * shape.vocab_size
    return weights + gradients + optimizer + activations + logits


def sweep_disk_bytes(shape: BaseModelShape, *, num_trained: int, is_bf16: bool) -> int:
    """Estimate a sweep's peak use of disk: all exports, and the checkpoints of one trial."""
    if not num_trained:
        return 0
    value = _BF16 if is_bf16 else _FP32
    checkpoint = (value + _ADAM + (_FP32 if is_bf16 else 0)) * shape.parameters
    # The previous checkpoint is deleted only after the next one is complete.
    return num_trained * value * shape.parameters + 2 * checkpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """CPUs and GPUs of one machine of the cluster."""

    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """How much of a sweep the cluster can run at once."""

    training_slots: int
    """Trials that can train at the same time."""
    concurrent_trials: int
    """Trials that Tune runs at the same time."""
    executors: int
    """Executor actors."""


def decide_capacity(
    nodes: Sequence[Node], resources: ResourcesConfig, *, max_concurrent_trials: int | None = None
) -> Capacity:
    """Return how much fits on the nodes; ResourceError with the arithmetic if no trial fits."""
    per_node = [_workers_that_fit(node, resources) for node in nodes]
    possible = sum(per_node)
    if possible < resources.workers:
        raise ResourceError(_explain_shortage(nodes, possible, resources))
    slots = possible // resources.workers
    concurrent = slots + _EXTRA_TRIALS
    if max_concurrent_trials is not None:
        slots = min(slots, max_concurrent_trials)
        concurrent = min(slots + _EXTRA_TRIALS, max_concurrent_trials)
    cpus = math.floor(sum(node.cpus for node in nodes))
    executors = resources.executors or max(1, min(MAX_DEFAULT_EXECUTORS, cpus))
    return Capacity(training_slots=slots, concurrent_trials=concurrent, executors=executors)


def _workers_that_fit(node: Node, resources: ResourcesConfig) -> int:
    by_cpu = math.floor(node.cpus / resources.cpus_per_worker + 1e-9)
    if resources.gpus_per_worker == 0:
        return by_cpu
    return min(by_cpu, math.floor(node.gpus / resources.gpus_per_worker + 1e-9))


def _explain_shortage(nodes: Sequence[Node], num_fitting: int, resources: ResourcesConfig) -> str:
    cpus, gpus = sum(n.cpus for n in nodes), sum(n.gpus for n in nodes)
    need = f"{resources.workers} workers x {resources.cpus_per_worker:g} CPU"
    if resources.gpus_per_worker:
        need += f" + {resources.workers} x {resources.gpus_per_worker:g} GPU"
    have = f"{len(nodes)} node{'s' if len(nodes) != 1 else ''} with {cpus:g} CPU and {gpus:g} GPU"
    return (
        f"a trial needs {need}, but the cluster has {have}: {num_fitting} of {resources.workers} "
        "workers fit. Lower resources.workers, resources.cpus_per_worker or "
        "resources.gpus_per_worker, or add nodes"
    )
