"""The DeepSpeed configuration of a fine-tune, as a pure function."""

from __future__ import annotations

from typing import Any, Literal

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError

Precision = Literal["fp32", "bf16"]
LARGEST_BUCKET = 200_000_000
"""Elements of a gradient reduction buffer, at most."""


def precision(training: TrainingConfig, *, has_gpu: bool) -> Precision:
    """Resolve `auto`: bf16 on a GPU, fp32 on a CPU."""
    if training.precision == "auto":
        return "bf16" if has_gpu else "fp32"
    return training.precision


def accumulation_steps(training: TrainingConfig, world_size: int) -> int:
    """Return the number of micro-batches that each worker accumulates per optimizer step.

    Raises:
        ConfigError: batch_sequences is not a multiple of workers x micro_batch_sequences.
    """
    batch, micro = training.batch_sequences, training.micro_batch_sequences
    per_pass = micro * world_size
    if batch % per_pass:
        below, above = batch // per_pass * per_pass, -(-batch // per_pass) * per_pass
        near = str(above) if below == 0 else f"{below} or {above}"
        raise ConfigError(
            f"training.batch_sequences is {batch}, which is not a multiple of {per_pass} "
            f"(micro_batch_sequences {micro} x {world_size} workers): "
            f"set batch_sequences to {near}, or change the workers or the micro-batch"
        )
    return batch // per_pass


def deepspeed_config(
    training: TrainingConfig, *, world_size: int, has_gpu: bool, parameters: int
) -> dict[str, Any]:
    """Return DeepSpeed's configuration, without the optimizer, which is passed as an object."""
    # DeepSpeed allocates the whole bucket, and its default size takes 2 GB for any model.
    bucket = min(LARGEST_BUCKET, max(1, parameters))
    zero: dict[str, Any] = {"stage": training.zero_stage}
    if training.zero_stage >= 1:
        zero |= {
            "overlap_comm": has_gpu,
            "contiguous_gradients": True,
            "reduce_scatter": True,
            "reduce_bucket_size": bucket,
            "allgather_bucket_size": bucket,
        }
    if training.zero_stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    if training.offload_optimizer:
        if training.zero_stage == 0:
            raise ConfigError(
                "training.offload_optimizer needs training.zero_stage 1, 2 or 3, but it is 0"
            )
        zero["offload_optimizer"] = {"device": "cpu", "pin_memory": has_gpu}
    return {
        "train_batch_size": training.batch_sequences,
        "train_micro_batch_size_per_gpu": training.micro_batch_sequences,
        "gradient_accumulation_steps": accumulation_steps(training, world_size),
        "gradient_clipping": training.max_grad_norm,
        "zero_optimization": zero,
        # torch's AdamW is used, because DeepSpeed's optimizers compile for minutes on a CPU.
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
        "bf16": {"enabled": precision(training, has_gpu=has_gpu) == "bf16"},
        "steps_per_print": 1_000_000_000,
        "wall_clock_breakdown": False,
    }
