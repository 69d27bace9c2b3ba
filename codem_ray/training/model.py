"""The model of a worker: loading, optimizer, loss, and export of the full weights."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import torch

from codem_ray.config import TrainingConfig
from codem_ray.errors import ModelLoadError
from codem_ray.models.generation_settings import make_saveable, reduced_generation_config
from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.tokens.tuning_record import write_tuning_record
from codem_ray.training.attention import choose_attention
from codem_ray.training.loss import packed_loss_sum, separate_loss_sum
from codem_ray.training.packing_check import is_packable
from codem_ray.training.training_spec import TrainingSpec
from codem_ray.training.zero import precision


def load_model(spec: TrainingSpec, *, has_gpu: bool) -> Any:
    """Load the base model on the CPU in the training precision."""
    dtype = torch.bfloat16 if precision(spec.training, has_gpu=has_gpu) == "bf16" else torch.float32
    try:
        import transformers

        options = {"revision": spec.revision, "trust_remote_code": spec.trust_remote_code}
        config = transformers.AutoConfig.from_pretrained(spec.base_model, **options)
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            spec.base_model,
            config=config,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation=choose_attention(config, trust_remote_code=spec.trust_remote_code),
            generation_config=reduced_generation_config(spec.base_model, revision=spec.revision),
            output_loading_info=True,
            **options,
        )
    except Exception as error:
        raise ModelLoadError(
            f"the base model {spec.base_model} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if missing := sorted(info["missing_keys"]):
        raise ModelLoadError(
            f"the base model {spec.base_model} lacks {len(missing)} of its weights "
            f"({', '.join(missing[:3])}), which would start at random: download it again"
        )
    make_saveable(model)
    # The measurement makes a small model, which DeepSpeed must not see.
    is_packable(model)
    model.config.use_cache = False
    if spec.training.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def make_optimizer(model: Any, training: TrainingConfig) -> torch.optim.Optimizer:
    """Return torch's AdamW, without weight decay for norms and biases."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    groups: list[dict[str, Any]] = [{"params": weights, "weight_decay": 0.0}]
    if training.weight_decay:
        matrices = [weight for weight in weights if weight.ndim >= 2]
        vectors = [weight for weight in weights if weight.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": training.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=training.learning_rate
    )


def target_loss_sum(
    model: Any, input_ids: torch.Tensor, labels: torch.Tensor, position_ids: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy summed over the target tokens of rows.

    All tensors have the shape [rows, positions]; a document begins wherever `position_ids` are 0.
    In a model whose packed documents would see each other, each gets a row of its own here.
    """
    loss_sum = packed_loss_sum if is_packable(model) else separate_loss_sum
    return loss_sum(model, input_ids, labels, position_ids)


def full_weights(engine: Any, *, zero_stage: int) -> dict[str, torch.Tensor] | None:
    """Return the full state dict on rank 0's CPU, None elsewhere; every rank must call it."""
    import torch.distributed as dist

    if zero_stage == 3:
        gathered: dict[str, torch.Tensor] | None = engine._zero3_consolidated_16bit_state_dict()
        return gathered if dist.get_rank() == 0 else None
    if dist.get_rank() != 0:
        return None
    # ZeRO keeps parameters as views of one buffer; tied weights must stay tied in the copy.
    copies: dict[tuple[int, tuple[int, ...]], torch.Tensor] = {}
    weights = {}
    for name, tensor in engine.module.state_dict().items():
        key = (tensor.data_ptr(), tuple(tensor.shape))
        if key not in copies:
            copies[key] = tensor.detach().cpu().clone()
        weights[name] = copies[key]
    return weights


def write_export(
    model: Any, weights: dict[str, torch.Tensor] | None, spec: TrainingSpec, target: Path
) -> None:
    """Save weights, config, tokenizer and tuning record to a folder atomically."""
    tokenizer = load_tokenizer(
        spec.base_model, revision=spec.revision, trust_remote_code=spec.trust_remote_code
    )
    model.config.use_cache = True
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        model.save_pretrained(partial, state_dict=weights)
        tokenizer.save_pretrained(partial)
        if spec.record is not None:
            write_tuning_record(partial, spec.record)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
