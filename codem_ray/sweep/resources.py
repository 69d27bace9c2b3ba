"""Estimates of a sweep's memory and disk."""

from __future__ import annotations

from dataclasses import dataclass, fields

from codem_ray.config import KeepExports, TrainingConfig
from codem_ray.models.inspect import BaseModelShape
from codem_ray.training.method_registry import method_spec
from codem_ray.training.zero import LARGEST_BUCKET, precision, zero_stage

_FP32, _HALF = 4, 2
_OPTIMIZER_BYTES = {
    "adamw": 8,
    "adamw_fused": 8,
    "adamw_8bit": 2,
    "paged_adamw_8bit": 2,
    "rmsprop": 4,
    "sgd": 0,
    "adafactor": 0,
}
"""Bytes of an optimizer's moments per trained parameter; those of Adafactor are negligible."""
_ADAPTER_WIDTHS = 24
"""Widths of a layer's linear maps, in and out, in units of the hidden size: four of attention, and
three of an MLP that is four times as wide. An adapter has its rank times that."""
_QUANTISED_BYTES = 0.55
"""Bytes per parameter in NF4 with double quantisation (Dettmers et al. 2023)."""
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
    """The optimizer's moments and, in mixed precision, the fp32 copy of the trained weights."""
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
    """Optimizer state, and weights, that the node's workers keep there."""
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
    """Caches of one node: the base model, and the node's part of a checkpoint that is copied."""

    @property
    def storage(self) -> int:
        """Bytes below `storage.path`."""
        return self.exports + self.checkpoints


@dataclass(frozen=True, kw_only=True, slots=True)
class _ModelState:
    """Bytes of a model's state on all workers together, each part once."""

    weights: int
    gradients: int
    optimizer: int
    """Moments and, in mixed precision, the fp32 copy of the trained weights."""
    export: int

    @property
    def checkpoint(self) -> int:
        """Trained weights and optimizer."""
        return self.export + self.optimizer


def _model_state(shape: BaseModelShape, training: TrainingConfig, *, has_gpu: bool) -> _ModelState:
    is_half = precision(training, has_gpu=has_gpu) != "fp32"
    value = _HALF if is_half else _FP32
    trained, frozen = shape.parameters, 0.0
    if method_spec(training.method).exports_adapter:
        trained = _ADAPTER_WIDTHS * training.lora.r * shape.hidden_size * shape.num_layers
        frozen = (_QUANTISED_BYTES if training.method == "qlora" else value) * shape.parameters
    accumulated = _FP32 if training.accumulation_dtype == "fp32" else value
    return _ModelState(
        weights=round(frozen) + value * trained,
        gradients=accumulated * trained,
        optimizer=(_OPTIMIZER_BYTES[training.optimizer] + (_FP32 if is_half else 0)) * trained,
        export=value * trained,
    )


def training_memory(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    workers: int,
    max_tokens: int,
    has_gpu: bool,
) -> GpuMemory:
    """Estimate the memory of one worker (Rajbhandari et al. 2020, table 1)."""
    state = _model_state(shape, training, has_gpu=has_gpu)
    dtype = precision(training, has_gpu=has_gpu)
    value = _FP32 if dtype == "fp32" else _HALF
    stage = zero_stage(training, dtype)
    tokens = training.micro_batch_sequences * max_tokens
    per_layer = value if training.gradient_checkpointing else _ACTIVATION_VALUES * value // 2
    activations = tokens * shape.hidden_size * shape.num_layers * per_layer
    if training.gradient_checkpointing:
        activations += tokens * shape.hidden_size * _ACTIVATION_VALUES * value // 2
    # One buffer to reduce, one to gather, and their second copies for overlap.
    buffers = 4 * value * min(LARGEST_BUCKET, shape.parameters) if stage else 0
    if stage == 3:
        buffers += value * min(_LIVE_PARAMETERS, shape.parameters)
    weights = state.weights // workers if stage >= 3 else state.weights
    optimizer = state.optimizer // workers if stage >= 1 else state.optimizer
    return GpuMemory(
        weights=0 if training.offload_parameters else weights,
        gradients=state.gradients // workers if stage >= 2 else state.gradients,
        optimizer=0 if training.offload_optimizer else optimizer,
        activations=activations,
        logits=2 * _FP32 * tokens * shape.vocab_size,
        buffers=_GPU_RUNTIME + buffers if has_gpu else 0,
    )


def host_memory(
    shape: BaseModelShape, training: TrainingConfig, *, workers: int, workers_per_node: int
) -> HostMemory:
    """Estimate the memory of a node with GPUs.

    Each worker loads the whole model at first; at ZeRO stage 3 one worker reads it.
    """
    state = _model_state(shape, training, has_gpu=True)
    value = _FP32 if precision(training, has_gpu=True) == "fp32" else _HALF
    offloaded = state.optimizer if training.offload_optimizer else 0
    offloaded += state.weights if training.offload_parameters else 0
    readers = 1 if training.zero_stage == 3 else workers_per_node
    return HostMemory(
        loading=readers * value * shape.parameters,
        offload=offloaded * workers_per_node // workers,
        processes=workers_per_node * _HOST_PROCESS,
    )


def weight_bytes(shape: BaseModelShape) -> int:
    """Return the memory of the weights of a model that generates on a GPU, in bf16."""
    return _HALF * shape.parameters


def checkpoint_bytes(shape: BaseModelShape, training: TrainingConfig, *, has_gpu: bool) -> int:
    """Return the size of one resumable checkpoint: trained weights and optimizer."""
    return _model_state(shape, training, has_gpu=has_gpu).checkpoint


def disk_needs(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    num_trained: int,
    num_sources: int,
    keep: KeepExports,
    has_gpu: bool,
    are_checkpoints_copied: bool,
    num_nodes: int = 1,
) -> DiskNeeds:
    """Estimate the disk for trials that are still to be trained.

    `num_sources` counts the trained sources, each of which keeps one export with `best`, and a
    second one while the two are compared. `are_checkpoints_copied`: from a node's own disk.
    """
    if not num_trained:
        return DiskNeeds(exports=0, checkpoints=0, node_local=0)
    state = _model_state(shape, training, has_gpu=has_gpu)
    kept = {"all": num_trained, "best": num_sources + 1, "none": 1}[keep]
    return DiskNeeds(
        exports=min(kept, num_trained) * state.export,
        checkpoints=2 * state.checkpoint,
        node_local=weight_bytes(shape)
        + (state.checkpoint // num_nodes if are_checkpoints_copied else 0),
    )
