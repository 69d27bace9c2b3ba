"""Arithmetic of a fine-tune: operations per token, and the share of the peak that it reaches."""

from __future__ import annotations

from codem_ray.config import TrainingConfig
from codem_ray.training.method_registry import method_spec

FLOPS_PER_TOKEN, ADAPTER_FLOPS_PER_TOKEN = 6, 4
"""Operations of forward and backward pass per token and parameter (Kaplan et al. 2020, without
attention), from which the model FLOPs utilisation (MFU) is counted. Frozen weights have no
gradients of their own."""


def flops_per_token(training: TrainingConfig) -> int:
    """Return the operations of training per token and parameter."""
    is_adapter = method_spec(training.method).exports_adapter
    return ADAPTER_FLOPS_PER_TOKEN if is_adapter else FLOPS_PER_TOKEN


def model_flops_utilisation(
    training: TrainingConfig,
    *,
    parameters: int,
    tokens_per_second: float,
    workers: int,
    peak_flops: float,
) -> float:
    """Return the MFU: operations of the documents' tokens, over the peak of all workers.

    Padding, attention and recomputed activations count as no operations (Chowdhery et al. 2022,
    appendix B). `peak_flops` is that of one worker.
    """
    rate = flops_per_token(training) * parameters * tokens_per_second
    return rate / (workers * peak_flops)
