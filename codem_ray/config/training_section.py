"""The section `training` of a sweep file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from codem_ray.config.fields import (
    Float,
    Name,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Section,
)

Beta = Annotated[Float, Field(ge=0, lt=1)]
Optimizer = Literal[
    "adamw",
    "adamw_fused",
    "adafactor",
    "sgd",
    "rmsprop",
    "adamw_8bit",
    "paged_adamw_8bit",
]
Schedule = Literal[
    "cosine",
    "linear",
    "constant",
    "cosine_with_min_lr",
    "cosine_with_restarts",
    "polynomial",
    "inverse_sqrt",
    "warmup_stable_decay",
]
SCHEDULE_OPTIONS: dict[str, dict[str, float]] = {
    "cosine_with_min_lr": {"min_lr_rate": 0.1},
    "cosine_with_restarts": {"num_cycles": 1},
    "polynomial": {"power": 1.0, "lr_end": 1e-7},
    "inverse_sqrt": {"timescale": 10_000},
    "warmup_stable_decay": {"decay_share": 0.1, "min_lr_ratio": 0.0},
}
"""The options of schedules that have any, with their defaults."""


class LoraConfig(Section):
    """Adapters of the training methods `lora` and `qlora`."""

    r: PositiveInt = 16
    """Rank of the adapters."""
    alpha: PositiveFloat = 32.0
    """Adapters are scaled by alpha / r."""
    dropout: Annotated[Float, Field(ge=0, lt=1)] = 0.0
    """Dropout before the adapters."""
    target_modules: Literal["all-linear"] | Annotated[tuple[str, ...], Field(min_length=1)] = (
        "all-linear"
    )
    """Names of the modules that get an adapter, such as `[q_proj, v_proj]`; `all-linear`: all
    linear layers but the output layer."""


class TrainingConfig(Section):
    """How a model is fine-tuned."""

    method: Name = "full"
    """`full`: all weights. `lora`: adapters of low rank. `qlora`: adapters of a base model whose
    weights are held in 4 bits; needs bitsandbytes and a GPU. Or a method that another package
    adds."""
    lora: LoraConfig = LoraConfig()
    """Settings of the adapters."""
    method_options: dict[str, Any] = Field(default_factory=dict)
    """Settings of a method that another package adds."""
    epochs: Annotated[PositiveFloat, Field(le=100_000)] = 3.0
    """Passes over the source's pairs."""
    learning_rate: PositiveFloat = 2e-5
    """Peak learning rate."""
    batch_sequences: PositiveInt = 32
    """Packed sequences per optimizer step, over all workers."""
    micro_batch_sequences: PositiveInt = 1
    """Packed sequences per worker and forward pass. Affects memory and speed. The result depends on
    it only with random noise in the model (`dropout`, `neftune_noise`)."""
    warmup_steps: NonNegativeInt = 30
    """Steps of linear warm-up."""
    schedule: Schedule = "cosine"
    """Learning rate schedule after the warm-up, by the names of transformers."""
    schedule_options: dict[str, Float] = Field(default_factory=dict)
    """Options of the schedule: `min_lr_rate` of `cosine_with_min_lr`, `num_cycles` of
    `cosine_with_restarts`, `power` and `lr_end` of `polynomial`, `timescale` (steps) of
    `inverse_sqrt`, `decay_share` (of the steps after the warm-up) and `min_lr_ratio` of
    `warmup_stable_decay`."""
    optimizer: Optimizer = "adamw"
    """Optimizer of transformers. Those with 8 bits need bitsandbytes and a GPU."""
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    """Decay rates of the moments of Adam."""
    epsilon: PositiveFloat = 1e-8
    """Epsilon of Adam."""
    weight_decay: Annotated[Float, Field(ge=0)] = 0.0
    """Weight decay of all weights but those of norms and biases, chosen by name."""
    max_grad_norm: PositiveFloat = 1.0
    """Gradients are clipped to this norm."""
    dropout: Annotated[Float, Field(ge=0, lt=1)] | None = 0.0
    """Value of every dropout in the base model's config; null: as the config says."""
    neftune_noise: PositiveFloat | None = None
    """Alpha of NEFTune's noise on the embeddings (Jain et al. 2023); null: none."""
    zero_stage: Literal[0, 1, 2, 3] = 2
    """DeepSpeed ZeRO stage. In bf16 and fp16, stage 0 trains as stage 1."""
    offload_optimizer: bool = False
    """Keep optimizer state in host memory."""
    offload_parameters: bool = False
    """Keep the weights in host memory, too; needs ZeRO stage 3."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """`auto`: bf16 on a GPU, fp32 on a CPU. fp16 needs a GPU."""
    accumulation_dtype: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Data type in which gradients are accumulated; `auto`: as DeepSpeed decides."""
    checkpoint_minutes: PositiveFloat | None = 5.0
    """Minutes between resumable checkpoints; null: not by the clock. If one keeps the training
    waiting, the next is later, so that they take at most 5 % of its time."""
    checkpoint_every_steps: PositiveInt | None = None
    """Steps between resumable checkpoints, beside those by the clock; null: not by steps."""
    attention: Literal["auto", "flash", "sdpa", "eager"] = "auto"
    """Attention implementation. `auto`: flash attention where flash-attn is installed on GPUs and
    the architecture has it, else sdpa, else eager. Before training, a small model shows that packed
    documents do not see each other."""
    liger: Literal["auto", "off"] = "auto"
    """`auto`: use the kernels of the package liger-kernel on GPUs where it is installed and knows
    the architecture."""
    gradient_checkpointing: bool = False
    """Recompute activations in the backward pass to save memory."""
    eval_steps: PositiveInt | None = None
    """Steps between measurements of the loss on the pairs that `evaluation.loss.pairs` holds out;
    null: up to five times in a training, as often as takes at most 5 % of its time. The last step
    is always one of them."""
    patience: PositiveInt | None = None
    """Stop a training whose held-out loss has not improved in so many measurements in a row; it
    keeps the weights of the step at which it stops. null: train all steps."""
    peak_tflops: PositiveFloat | None = None
    """Peak of one worker in 10^12 operations a second, from which the model FLOPs utilisation is
    counted; null: the dense bf16 peak of its kind of GPU, if that is known."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Other fields of `transformers.TrainingArguments`, by name, such as
    `{torch_empty_cache_steps: 50}`. Fields that the keys above or this system set are refused."""

    @model_validator(mode="after")
    def _schedule_has_its_options(self) -> TrainingConfig:
        known = SCHEDULE_OPTIONS.get(self.schedule, {})
        if unknown := sorted(self.schedule_options.keys() - known):
            options = f"its options are {', '.join(known)}" if known else "it has no options"
            raise ValueError(
                f"schedule_options: {', '.join(unknown)} is not an option of the schedule "
                f"{self.schedule}: {options}"
            )
        return self

    @model_validator(mode="after")
    def _offload_needs_zero(self) -> TrainingConfig:
        if self.offload_optimizer and self.zero_stage == 0:
            raise ValueError("offload_optimizer needs zero_stage 1, 2 or 3, but it is 0")
        if self.offload_parameters and self.zero_stage != 3:
            raise ValueError(f"offload_parameters needs zero_stage 3, but it is {self.zero_stage}")
        return self
