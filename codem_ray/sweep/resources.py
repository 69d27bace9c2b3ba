"""Estimates of a sweep's memory and disk."""

from __future__ import annotations

from dataclasses import dataclass, fields

from codem_ray.config import KeepExports, TrainingConfig
from codem_ray.models.inspect import BaseModelShape
from codem_ray.training.zero import LARGEST_BUCKET

_FP32, _BF16 = 4, 2
_ADAM = 8
"""Bytes of AdamW's two fp32 moments, per parameter."""
_ACTIVATION_VALUES = 34
"""Values kept per token, layer and unit of width for the backward pass (Korthikanti et al. 2022,
without the attention matrix, which sdpa does not keep)."""
_GPU_RUNTIME = 2 * 10**9
"""CUDA context, NCCL's buffers and fragmentation."""
_LIVE_PARAMETERS = 1_000_000_000
"""Gathered parameters that ZeRO 3 keeps at a time (DeepSpeed's `stage3_max_live_parameters`)."""
_HOST_PROCESS = 3 * 10**9
"""Resident memory of a worker's process without weights: torch, CUDA and DeepSpeed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuMemory:
    """Bytes of one worker, on its GPU, or on the host if it trains on CPUs."""

    weights: int
    gradients: int
    optimizer: int
    """AdamW's moments and, in mixed precision, the fp32 copy of the weights."""
    activations: int
    logits: int
    buffers: int
    """Communication buffers and the CUDA context; 0 on CPUs."""

    @property
    def total(self) -> int:
        """Sum of all parts."""
        return sum(getattr(self, part.name) for part in fields(self))

    @property
    def state(self) -> int:
        """The parts that do not depend on the length of the rows."""
        return self.weights + self.gradients + self.optimizer


@dataclass(frozen=True, kw_only=True, slots=True)
class HostMemory:
    """Bytes of one node with GPUs while a trial trains on it."""

    loading: int
    """Copies of the weights that the node's workers hold until they are on the GPUs."""
    offload: int
    """Optimizer state of the node's workers."""
    processes: int

    @property
    def peak(self) -> int:
        """The most at one time: state is offloaded only after the weights have left the host."""
        return self.processes + max(self.loading, self.offload)


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskNeeds:
    """Bytes on disk at the most, if trials train one after the other."""

    exports: int
    """Weights of finished trials, as `storage.keep_exports` says."""
    checkpoints: int
    """Resumable state of one trial, twice: the old one goes when the new one is complete."""
    node_local: int
    """Temporary folder and caches of one node: the node's part of a checkpoint, and the base
    model."""

    @property
    def storage(self) -> int:
        """Bytes below `storage.path`."""
        return self.exports + self.checkpoints


def training_memory(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    workers: int,
    max_tokens: int,
    is_bf16: bool,
    has_gpu: bool,
) -> GpuMemory:
    """Estimate the memory of one worker (Rajbhandari et al. 2020, table 1)."""
    p = shape.parameters
    value = _BF16 if is_bf16 else _FP32
    weights, gradients = value * p, value * p
    # Mixed precision keeps a fp32 copy of the weights with the optimizer.
    optimizer = _ADAM * p + (_FP32 * p if is_bf16 else 0)
    stage = training.zero_stage
    tokens = training.micro_batch_sequences * max_tokens
    per_layer = value if training.gradient_checkpointing else _ACTIVATION_VALUES * value // 2
    activations = tokens * shape.hidden_size * shape.num_layers * per_layer
    if training.gradient_checkpointing:
        activations += tokens * shape.hidden_size * _ACTIVATION_VALUES * value // 2
    # One buffer to reduce, one to gather, and their second copies for overlap.
    buffers = 4 * value * min(LARGEST_BUCKET, p) if stage else 0
    if stage == 3:
        buffers += value * min(_LIVE_PARAMETERS, p)
    return GpuMemory(
        weights=weights // workers if stage >= 3 else weights,
        gradients=gradients // workers if stage >= 2 else gradients,
        optimizer=0
        if training.offload_optimizer
        else (optimizer // workers if stage >= 1 else optimizer),
        activations=activations,
        logits=2 * _FP32 * tokens * shape.vocab_size,
        buffers=_GPU_RUNTIME + buffers if has_gpu else 0,
    )


def host_memory(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    workers: int,
    workers_per_node: int,
    is_bf16: bool,
) -> HostMemory:
    """Estimate the memory of one node: every worker loads the whole model before it is sharded."""
    value = _BF16 if is_bf16 else _FP32
    optimizer = (_ADAM + (_FP32 if is_bf16 else 0)) * shape.parameters
    return HostMemory(
        loading=workers_per_node * value * shape.parameters,
        offload=optimizer * workers_per_node // workers if training.offload_optimizer else 0,
        processes=workers_per_node * _HOST_PROCESS,
    )


def weight_bytes(shape: BaseModelShape) -> int:
    """Return the memory of the weights of a model that generates on a GPU, in bf16."""
    return _BF16 * shape.parameters


def checkpoint_bytes(shape: BaseModelShape, *, is_bf16: bool) -> int:
    """Return the size of one resumable checkpoint: weights, moments and, for bf16, fp32 weights."""
    value = _BF16 if is_bf16 else _FP32
    return (value + _ADAM + (_FP32 if is_bf16 else 0)) * shape.parameters


def disk_needs(
    shape: BaseModelShape,
    *,
    num_trained: int,
    num_sources: int,
    keep: KeepExports,
    is_bf16: bool,
    num_nodes: int = 1,
) -> DiskNeeds:
    """Estimate the disk for trials that are still to be trained.

    `num_sources` counts the trained sources, each of which keeps one export with `best`, and a
    second one while the two are compared.
    """
    if not num_trained:
        return DiskNeeds(exports=0, checkpoints=0, node_local=0)
    export = (_BF16 if is_bf16 else _FP32) * shape.parameters
    kept = {"all": num_trained, "best": num_sources + 1, "none": 1}[keep]
    checkpoint = checkpoint_bytes(shape, is_bf16=is_bf16)
    return DiskNeeds(
        exports=min(kept, num_trained) * export,
        checkpoints=2 * checkpoint,
        node_local=checkpoint // num_nodes + export,
    )
