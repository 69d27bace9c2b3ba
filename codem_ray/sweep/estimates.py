"""What a trial will need of memory and disk, by arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from codem_ray.config import TrainingConfig

_FP32, _BF16 = 4, 2
_ADAM = 8
"""Bytes of AdamW's two fp32 moments, per parameter."""
_ACTIVATION_VALUES = 34
"""Values kept per token, layer and unit of width for the backward pass (Korthikanti et al. 2022,
without the attention matrix, which sdpa does not keep)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelShape:
    """The numbers of a decoder from which memory follows."""

    parameters: int
    hidden_size: int
    num_layers: int
    vocab_size: int = 50_000


def training_memory_bytes(
    shape: ModelShape, training: TrainingConfig, *, workers: int, max_tokens: int, is_bf16: bool
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


def sweep_disk_bytes(shape: ModelShape, *, num_trained: int, is_bf16: bool) -> int:
    """Estimate a sweep's disk at its fullest: all exports, and the checkpoints of one trial."""
    if not num_trained:
        return 0
    value = _BF16 if is_bf16 else _FP32
    checkpoint = (value + _ADAM + (_FP32 if is_bf16 else 0)) * shape.parameters
    # The previous checkpoint is pruned only when the next one is whole.
    return num_trained * value * shape.parameters + 2 * checkpoint


def training_steps(*, tokens: int, max_tokens: int, training: TrainingConfig) -> int:
    """Work out the optimizer steps of a fine-tune from its packed tokens."""
    rows = math.ceil(tokens / max_tokens)
    return max(1, math.ceil(training.epochs * rows / training.batch_sequences))
