"""Estimates of a sweep's memory and disk."""

from __future__ import annotations

from codem_ray.config import TrainingConfig
from codem_ray.models.inspect import BaseModelShape

_FP32, _BF16 = 4, 2
_ADAM = 8
"""Bytes of AdamW's two fp32 moments, per parameter."""
_ACTIVATION_VALUES = 34
"""Values kept per token, layer and unit of width for the backward pass (Korthikanti et al. 2022,
without the attention matrix, which sdpa does not keep)."""


def training_state_bytes(
    shape: BaseModelShape, training: TrainingConfig, *, workers: int, is_bf16: bool
) -> int:
    """Return the memory of one worker's weights, gradients and optimizer (Rajbhandari et al. 2020,
    table 1)."""
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
    return weights + gradients + optimizer


def weight_bytes(shape: BaseModelShape) -> int:
    """Return the memory of the weights of a model that generates on a GPU, in bf16."""
    return _BF16 * shape.parameters


def training_memory_bytes(
    shape: BaseModelShape,
    training: TrainingConfig,
    *,
    workers: int,
    max_tokens: int,
    is_bf16: bool,
) -> int:
    """Estimate the memory of one worker: its state, activations and logits."""
    value = _BF16 if is_bf16 else _FP32
    tokens = training.micro_batch_sequences * max_tokens
    per_layer = value if training.gradient_checkpointing else _ACTIVATION_VALUES * value // 2
    activations = tokens * shape.hidden_size * shape.num_layers * per_layer
    if training.gradient_checkpointing:
        activations += tokens * shape.hidden_size * _ACTIVATION_VALUES * value // 2
    logits = 2 * _FP32 * tokens * shape.vocab_size
    state = training_state_bytes(shape, training, workers=workers, is_bf16=is_bf16)
    return state + activations + logits


def sweep_disk_bytes(shape: BaseModelShape, *, num_trained: int, is_bf16: bool) -> int:
    """Estimate a sweep's peak use of disk: all exports, and the checkpoints of one trial."""
    if not num_trained:
        return 0
    value = _BF16 if is_bf16 else _FP32
    checkpoint = (value + _ADAM + (_FP32 if is_bf16 else 0)) * shape.parameters
    # The previous checkpoint is deleted only after the next one is complete.
    return num_trained * value * shape.parameters + 2 * checkpoint
