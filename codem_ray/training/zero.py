"""The DeepSpeed configuration of a fine-tune, as a pure function."""

from __future__ import annotations

from typing import Any, Literal

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError

Precision = Literal["fp32", "bf16", "fp16"]
LARGEST_BUCKET = 200_000_000
"""Elements of a gradient reduction buffer, at most."""


def precision(training: TrainingConfig, *, has_gpu: bool) -> Precision:
    """Resolve `auto`: bf16 on a GPU, fp32 on a CPU. Raises ConfigError for fp16 on a CPU."""
    if training.precision == "auto":
        return "bf16" if has_gpu else "fp32"
    if training.precision == "fp16" and not has_gpu:
        raise ConfigError(
            "training.precision is fp16, but resources.gpus_per_worker is 0, and CPUs cannot train "
            "in fp16: set training.precision to fp32 or bf16"
        )
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


def zero_stage(training: TrainingConfig, dtype: Precision) -> int:
    """Return the ZeRO stage to train at, which changes no weight.

    DeepSpeed makes a trial step of the optimizer at stage 0 in half precision, which counts as the
    first step of Adam; stage 1 does the same work without it.
    """
    return training.zero_stage if dtype == "fp32" else max(1, training.zero_stage)


def deepspeed_config(
    training: TrainingConfig, *, world_size: int, has_gpu: bool, parameters: int
) -> dict[str, Any]:
    """Return DeepSpeed's configuration, without the optimizer, which is passed as an object."""
    # DeepSpeed allocates the whole bucket, and its default size takes 2 GB for any model.
    bucket = min(LARGEST_BUCKET, max(1, parameters))
    dtype = precision(training, has_gpu=has_gpu)
    stage = zero_stage(training, dtype)
    host = {"device": "cpu", "pin_memory": has_gpu}
    zero: dict[str, Any] = {"stage": stage}
    if stage >= 1:
        zero |= {
            "overlap_comm": has_gpu,
            "contiguous_gradients": True,
            "reduce_scatter": True,
            "reduce_bucket_size": bucket,
            "allgather_bucket_size": bucket,
        }
    if stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    if training.offload_optimizer:
        zero["offload_optimizer"] = host
    if training.offload_parameters:
        zero["offload_param"] = host
    settings: dict[str, Any] = {
        "train_batch_size": training.batch_sequences,
        "train_micro_batch_size_per_gpu": training.micro_batch_sequences,
        "gradient_accumulation_steps": accumulation_steps(training, world_size),
        "gradient_clipping": training.max_grad_norm,
        "zero_optimization": zero,
        # torch's AdamW is used, because DeepSpeed's optimizers compile for minutes on a CPU.
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
        "bf16": {"enabled": dtype == "bf16"},
        "fp16": {"enabled": dtype == "fp16"},
        "steps_per_print": 1_000_000_000,
        "wall_clock_breakdown": False,
    }
    if training.accumulation_dtype != "auto":
        settings["data_types"] = {"grad_accum_dtype": training.accumulation_dtype}
    return settings
