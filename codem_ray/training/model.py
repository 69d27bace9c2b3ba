"""The base model of a worker: what is known of it before it is loaded, and its loading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from codem_ray.errors import ModelLoadError
from codem_ray.models.generation_settings import make_saveable, reduced_generation_config
from codem_ray.models.hub import model_folder
from codem_ray.training.attention import Attention, choose_attention, flash_kernel
from codem_ray.training.divided_loading import freed_memory_is_returned, weights_to_divide
from codem_ray.training.method import TrainingMethod
from codem_ray.training.model_form import ModelForm, model_form
from codem_ray.training.packing_check import PackingMeasure, measure_packing
from codem_ray.training.target_head import install_target_head
from codem_ray.training.training_spec import TrainingSpec
from codem_ray.training.zero import precision

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """A base model's config, as it is trained, and facts about the model."""

    config: Any
    form: ModelForm
    attention: Attention
    is_packable: bool
    """Whether documents of one row do not see each other."""
    has_plain_logits: bool
    dropouts: dict[str, float]
    """Settings of dropout that the base model came with; its export gets them back."""


def plan_model(spec: TrainingSpec) -> ModelPlan:
    """Read the config of the base model, and measure its architecture on a small model.

    It must be called before the Trainer's arguments are made: DeepSpeed must not see that model.
    """
    import transformers

    trusts = spec.trust_remote_code
    try:
        config = transformers.AutoConfig.from_pretrained(
            spec.base_model, revision=spec.revision, trust_remote_code=trusts
        )
        form = model_form(config, trust_remote_code=trusts)
    except Exception as error:
        raise _cannot_load(spec, error) from error
    dropouts = set_dropout(config, spec.training.dropout)
    attention, measure = _measured_attention(spec, config, form)
    return ModelPlan(
        config=config,
        form=form,
        attention=attention,
        is_packable=not measure.obstacle,
        has_plain_logits=measure.has_plain_logits,
        dropouts=dropouts,
    )


def _measured_attention(
    spec: TrainingSpec, config: Any, form: ModelForm
) -> tuple[Attention, PackingMeasure]:
    """Choose the attention, and measure whether packed documents see each other by it.

    Flash attention that was not asked for and is not exact here is replaced.
    """
    training, has_gpu = spec.training, spec.gpus_per_worker > 0
    choose = partial(choose_attention, training, has_gpu=has_gpu, kernel=flash_kernel())
    attention = choose(form.supported)
    if not attention.is_flash:
        return attention, measure_packing(config, attention=attention.name, trust_remote_code=True)
    measure = measure_packing(
        config,
        attention=attention.name,
        trust_remote_code=True,
        device="cuda",
        dtype=_TYPES[precision(training, has_gpu=has_gpu)],
    )
    if training.attention == "flash" or not measure.obstacle:
        return attention, measure
    other = choose(form.supported - {"flash"})
    reason = f"flash attention was tried and left out: {measure.obstacle}"
    measure = measure_packing(config, attention=other.name, trust_remote_code=True)
    return replace(other, reason=reason), measure


def set_dropout(config: Any, value: float | None) -> dict[str, float]:
    """Set every dropout of a config; return the values that it had. None: change nothing."""
    text = config.get_text_config(decoder=True)
    found = {
        key: old
        for key, old in text.to_dict().items()
        if "drop" in key and isinstance(old, (int, float)) and not isinstance(old, bool)
    }
    if value is not None:
        for key in found:
            setattr(text, key, value)
    return found


def restore_dropout(config: Any, dropouts: dict[str, float]) -> None:
    """Set the dropouts of a config to the values that `set_dropout` has returned."""
    for key, value in dropouts.items():
        setattr(config.get_text_config(decoder=True), key, value)


def load_model(
    spec: TrainingSpec, plan: ModelPlan, method: TrainingMethod, *, is_divided: bool
) -> Any:
    """Load the base model in the training precision.

    If it `is_divided` (ZeRO stage 3), each rank gets a part of every weight, which is a collective
    operation.
    """
    dtype = _TYPES[precision(spec.training, has_gpu=spec.gpus_per_worker > 0)]
    try:
        import transformers

        options = {
            "config": plan.config,
            "dtype": dtype,
            "attn_implementation": plan.attention.name,
            "generation_config": reduced_generation_config(spec.base_model, revision=spec.revision),
            "output_loading_info": True,
            **method.load_options(),
        }
        if is_divided:
            empty = plan.form.empty
            weights = weights_to_divide(model_folder(spec.base_model, spec.revision), empty)
            with freed_memory_is_returned():
                model, info = type(empty).from_pretrained(None, state_dict=weights, **options)
        else:
            model, info = transformers.AutoModelForCausalLM.from_pretrained(
                spec.base_model,
                use_safetensors=True,
                revision=spec.revision,
                trust_remote_code=spec.trust_remote_code,
                **options,
            )
    except Exception as error:
        raise _cannot_load(spec, error) from error
    if missing := sorted(info["missing_keys"]):
        raise ModelLoadError(
            f"the base model {spec.base_model} lacks {len(missing)} of its weights "
            f"({', '.join(missing[:3])}), which would start at random: download it again"
        )
    make_saveable(model)
    model.config.use_cache = False
    if plan.has_plain_logits:
        install_target_head(model)
    return model


def _cannot_load(spec: TrainingSpec, error: Exception) -> ModelLoadError:
    return ModelLoadError(
        f"the base model {spec.base_model} cannot be loaded: {type(error).__name__}: {error}"
    )
