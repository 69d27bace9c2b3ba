"""The training methods `lora` (Hu et al. 2021) and `qlora` (Dettmers et al. 2023), by peft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from codem_ray.config import LoraConfig, TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.training.loss import target_loss_sum

ALL_LINEAR = "all-linear"


class LoraTuning:
    """Trains and exports low-rank adapters."""

    loss_sum = staticmethod(target_loss_sum)

    def __init__(self, training: TrainingConfig) -> None:
        self._training = training

    def load_options(self) -> dict[str, Any]:
        """Return nothing: the base model is loaded as it is."""
        return {}

    def prepare(self, model: Any) -> Any:
        """Add adapters to the target modules and freeze everything else."""
        import peft

        lora = self._training.lora
        check_targets(model, lora)
        targets = lora.target_modules
        config = peft.LoraConfig(
            r=lora.r,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=targets if isinstance(targets, str) else list(targets),
            bias="none",
            task_type="CAUSAL_LM",
        )
        return peft.get_peft_model(model, config)

    def export(self, model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
        """Write a folder of peft, with the config of the base model, for programs that read it."""
        # Embeddings are frozen; "auto" would ask the hub whether their size has changed.
        model.save_pretrained(folder, state_dict=weights, save_embedding_layers=False)
        base = model.get_base_model()
        base.config.use_cache = True
        base.config.save_pretrained(folder)
        if base.generation_config is not None:
            base.generation_config.save_pretrained(folder)
        # peft writes a card with gaps to fill in.
        (folder / "README.md").unlink(missing_ok=True)


class QuantisedLoraTuning(LoraTuning):
    """Trains adapters of a base model whose weights are held in 4 bits on the GPU."""

    def load_options(self) -> dict[str, Any]:
        """Return the settings of the paper: NF4 and double quantisation."""
        import transformers

        return {
            "quantization_config": transformers.BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            ),
            "device_map": {"": torch.cuda.current_device()},
        }

    def prepare(self, model: Any) -> Any:
        """Prepare the quantised model and add adapters."""
        import peft

        prepared = peft.prepare_model_for_kbit_training(
            model,
            use_gradient_checkpointing=self._training.gradient_checkpointing,
            gradient_checkpointing_kwargs={"use_reentrant": False},
        )
        return super().prepare(prepared)


def check_targets(model: Any, lora: LoraConfig) -> None:
    """Raise ConfigError if one of the target modules is not in a model, with the names that are."""
    names = _target_names(model)
    if lora.target_modules == ALL_LINEAR:
        return
    # peft takes the end of a module's name, by whole parts.
    missing = [
        target
        for target in lora.target_modules
        if not any(f".{name}".endswith(f".{target}") for name in names)
    ]
    if missing:
        known = sorted({name.rpartition(".")[2] for name in names})
        raise ConfigError(
            f"training.lora.target_modules: {', '.join(missing)} matches nothing in the base model "
            f"({type(model).__name__}): choose from {', '.join(known)}, or set it to {ALL_LINEAR}"
        )


def _target_names(model: Any) -> list[str]:
    """Return the names of the modules that an adapter can be added to."""
    from transformers.pytorch_utils import Conv1D

    kinds = (torch.nn.Linear, torch.nn.Embedding, Conv1D)
    return [name for name, module in model.named_modules() if isinstance(module, kinds)]
