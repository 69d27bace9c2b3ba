"""The arguments of the Trainer, and the check of those that a sweep file passes through."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from codem_ray.config import TrainingConfig
from codem_ray.entry_points import nearest
from codem_ray.errors import ConfigError
from codem_ray.training.training_spec import TrainingSpec
from codem_ray.training.zero import accumulation_steps, deepspeed_config, precision
from codem_ray.wording import first_line

OPTIMIZERS = {
    "adamw": "adamw_torch",
    "adamw_fused": "adamw_torch_fused",
    "adafactor": "adafactor",
    "sgd": "sgd",
    "rmsprop": "rmsprop",
    "adamw_8bit": "adamw_bnb_8bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
}
"""Names of the Trainer by `training.optimizer`."""
_KEYS = {
    "adam_beta1": "training.betas",
    "adam_beta2": "training.betas",
    "adam_epsilon": "training.epsilon",
    "bf16": "training.precision",
    "fp16": "training.precision",
    "gradient_accumulation_steps": "training.batch_sequences",
    "gradient_checkpointing": "training.gradient_checkpointing",
    "learning_rate": "training.learning_rate",
    "lr_scheduler_type": "training.schedule",
    "lr_scheduler_kwargs": "training.schedule_options",
    "max_grad_norm": "training.max_grad_norm",
    "max_steps": "training.epochs",
    "neftune_noise_alpha": "training.neftune_noise",
    "num_train_epochs": "training.epochs",
    "optim": "training.optimizer",
    "per_device_train_batch_size": "training.micro_batch_sequences",
    "save_steps": "training.checkpoint_every_steps",
    "seed": "seeds",
    "train_sampling_strategy": "data",
    "warmup_ratio": "training.warmup_steps",
    "warmup_steps": "training.warmup_steps",
    "use_liger_kernel": "training.liger",
    "liger_kernel_config": "training.liger",
    "weight_decay": "training.weight_decay",
}
"""Fields of the Trainer that a key of the sweep file sets, by the key."""
LIGER_KERNELS = {"cross_entropy": False, "fused_linear_cross_entropy": False}
"""Kernels of liger that are not used, because the loss is computed here; all others are."""
_OWN = {
    *("accelerator_config", "auto_find_batch_size", "average_tokens_across_devices", "data_seed"),
    *("deepspeed", "disable_tqdm", "enable_jit_checkpoint", "full_determinism", "group_by_length"),
    *("greater_is_better", "ignore_data_skip", "label_names", "label_smoothing_factor"),
    *("length_column_name", "load_best_model_at_end", "local_rank", "metric_for_best_model"),
    *("output_dir", "overwrite_output_dir", "parallelism_config", "past_index", "project"),
    *("remove_unused_columns", "restore_callback_states_from_checkpoint", "run_name"),
    *("skip_memory_metrics", "trackio_space_id", "use_cache", "use_cpu", "eval_on_start"),
    *("prediction_loss_only", "batch_eval_metrics", "fp16_full_eval", "bf16_full_eval"),
    *("resume_from_checkpoint", "report_to", "include_for_metrics"),
}
_OWN_PREFIXES = (
    *("dataloader_", "ddp_", "do_", "eval_", "fsdp", "hub_", "include_", "log_", "logging_"),
    *("per_device_", "push_to_hub", "save_", "mp_"),
)
"""Fields about which this system decides: data, ranks, reports, checkpoints and evaluation."""


def check_extra(training: TrainingConfig) -> None:
    """Refuse fields of `training.extra` that the Trainer does not have or that are not free.

    Imports transformers only if there are any. Raises ConfigError.
    """
    if not training.extra:
        return
    from transformers import TrainingArguments

    fields = TrainingArguments.__dataclass_fields__
    types = get_type_hints(TrainingArguments)
    for name, value in training.extra.items():
        if name in _KEYS:
            raise ConfigError(
                f"training.extra.{name} is set by {_KEYS[name]}: set that key instead"
            )
        if name not in fields:
            meant = nearest(name, fields)
            hint = f"; did you mean {meant[0]}?" if meant else ""
            raise ConfigError(
                f"training.extra.{name} is not a field of transformers.TrainingArguments{hint}"
            )
        if name in _OWN or name.startswith(_OWN_PREFIXES):
            raise ConfigError(
                f"training.extra.{name} cannot be set: codem_ray decides about data, ranks, "
                "checkpoints, reports and evaluation itself; remove it"
            )
        try:
            TypeAdapter(types[name]).validate_python(value, strict=True)
        except ValidationError as error:
            reason = first_line(error.errors()[0]["msg"])
            raise ConfigError(
                f"training.extra.{name} is {value!r}, but transformers expects "
                f"{fields[name].type}: {reason}"
            ) from error


def uses_liger(training: TrainingConfig, *, has_gpu: bool) -> bool:
    """Whether liger's kernels are used here, where it knows the architecture."""
    return training.liger == "auto" and has_gpu and find_spec("liger_kernel") is not None


def training_arguments(
    spec: TrainingSpec,
    folder: Path,
    *,
    steps: int,
    world_size: int,
    parameters: int,
    is_universal: bool = False,
) -> Any:
    """Return the Trainer's arguments for a fine-tune of so many steps.

    `is_universal`: it goes on from a checkpoint in DeepSpeed's universal format.

    From here on, transformers partitions every model that it makes if the ZeRO stage is 3. The
    Trainer writes nothing to `folder`.
    """
    import transformers

    training, has_gpu = spec.training, spec.gpus_per_worker > 0
    dtype = precision(training, has_gpu=has_gpu)
    return transformers.TrainingArguments(
        output_dir=str(folder),
        seed=spec.seed,
        max_steps=steps,
        per_device_train_batch_size=training.micro_batch_sequences,
        gradient_accumulation_steps=accumulation_steps(training, world_size),
        learning_rate=training.learning_rate,
        optim=OPTIMIZERS[training.optimizer],
        adam_beta1=training.betas[0],
        adam_beta2=training.betas[1],
        adam_epsilon=training.epsilon,
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        neftune_noise_alpha=training.neftune_noise,
        gradient_checkpointing=training.gradient_checkpointing,
        bf16=dtype == "bf16",
        fp16=dtype == "fp16",
        use_cpu=not has_gpu,
        deepspeed=deepspeed_config(
            training, world_size=world_size, has_gpu=has_gpu, parameters=parameters
        )
        | {"checkpoint": {"load_universal": is_universal}},
        accelerator_config={"use_configured_state": True},
        ddp_timeout=int(spec.collective_timeout_seconds),
        use_liger_kernel=uses_liger(training, has_gpu=has_gpu),
        liger_kernel_config=LIGER_KERNELS,
        # Callbacks report and save; a checkpoint's place in the data is found by its step.
        ignore_data_skip=True,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        **({"gradient_checkpointing_kwargs": {"use_reentrant": False}} | training.extra),
    )
