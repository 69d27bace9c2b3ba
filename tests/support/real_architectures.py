"""Tiny random models with the features of real code models: attention, rope, biases, experts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from local_ranks import train_locally
from recorded_training import TRAINING, write_rows
from safetensors.torch import load_file
from tiny_llama import write_tokenizer

from codem_ray.config import TrainingConfig
from codem_ray.models.adapters import is_adapter
from codem_ray.models.check import check_model_files
from codem_ray.training import method_registry
from codem_ray.training.method import MethodSpec, TrainingMethod
from codem_ray.training.packing_check import measure_packing
from codem_ray.training.training_spec import TrainingSpec

STEPS, BATCH, ROWS = 6, 4, 10
ENDS_AFTER = 2
"""Steps of each attempt of a fine-tune that is broken off."""
GENERATED = "generated_by_trained_model.json"
PROMPTS = ((2, 19, 36, 53), (40, 41, 42, 43, 44, 45), (9,))

_LLAMA = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "tie_word_embeddings": False,
}
_LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
_YARN = {
    "rope_type": "yarn",
    "rope_theta": 10000.0,
    "factor": 40,
    "beta_fast": 32,
    "beta_slow": 1,
    "mscale": 0.707,
    "mscale_all_dim": 0.707,
    "original_max_position_embeddings": 32,
}
REAL: dict[str, tuple[str, dict[str, Any]]] = {
    # bigcode/starcoder: one key for all heads, learned positions, tied embeddings, dropout.
    "StarCoder": (
        "GPTBigCodeConfig",
        {
            "n_positions": 256,
            "n_embd": 48,
            "n_layer": 2,
            "n_head": 6,
            "n_inner": 96,
            "multi_query": True,
            "activation_function": "gelu_pytorch_tanh",
            "attn_pdrop": 0.1,
            "embd_pdrop": 0.1,
            "resid_pdrop": 0.1,
            "initializer_range": 0.2,
        },
    ),
    # bigcode/starcoder2-7b: grouped keys, biases, a sliding window, dropout.
    "StarCoder2": (
        "Starcoder2Config",
        _LLAMA
        | {
            "num_key_value_heads": 2,
            "use_bias": True,
            "sliding_window": 8,
            "attention_dropout": 0.1,
            "embedding_dropout": 0.1,
            "residual_dropout": 0.1,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
        },
    ),
    # meta-llama/Llama-3.2: grouped keys, scaled rope.
    "Llama": ("LlamaConfig", _LLAMA | {"num_key_value_heads": 2, "rope_parameters": _LLAMA3_ROPE}),
    # Qwen/Qwen2.5-Coder-1.5B: biases of queries, keys and values, tied embeddings.
    "Qwen2.5-Coder": (
        "Qwen2Config",
        _LLAMA
        | {
            "num_key_value_heads": 2,
            "tie_word_embeddings": True,
            "use_sliding_window": False,
            "sliding_window": 128,
            "max_window_layers": 2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
        },
    ),
    # deepseek-ai/deepseek-coder-6.7b: a key for every head, rope stretched linearly.
    "DeepSeek-Coder": (
        "LlamaConfig",
        _LLAMA
        | {
            "num_key_value_heads": 6,
            "rope_parameters": {"rope_type": "linear", "rope_theta": 100000.0, "factor": 4.0},
        },
    ),
    # deepseek-ai/DeepSeek-Coder-V2-Lite: latent keys, experts after the first layer, yarn.
    "DeepSeek-Coder-V2": (
        "DeepseekV2Config",
        _LLAMA
        | {
            "num_key_value_heads": 6,
            "moe_intermediate_size": 32,
            "n_routed_experts": 4,
            "n_shared_experts": 2,
            "num_experts_per_tok": 2,
            "first_k_dense_replace": 1,
            "q_lora_rank": None,
            "kv_lora_rank": 16,
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 8,
            "v_head_dim": 8,
            "head_dim": 8,
            "rope_parameters": _YARN,
        },
    ),
    # HuggingFaceTB/SmolLM-135M: grouped keys, tied embeddings.
    "SmolLM": ("LlamaConfig", _LLAMA | {"num_key_value_heads": 2, "tie_word_embeddings": True}),
}
"""Config class and settings, by the name of the model."""


def real_config(name: str, *, vocab_size: int) -> Any:
    """Return the config of a model of REAL."""
    kind, settings = REAL[name]
    tokens = {"vocab_size": vocab_size, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return getattr(transformers, kind)(**tokens, **settings)


def write_real_model(folder: Path, name: str) -> Path:
    """Write config, random weights and tokenizer of a model of REAL."""
    config = real_config(name, vocab_size=write_tokenizer(folder))
    torch.manual_seed(0)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def real_spec(root: Path, name: str, label: str, **changes: object) -> TrainingSpec:
    """Return a fine-tune of a model of REAL in `root`; `changes` are settings of training."""
    model, rows = root / name, root / "rows"
    if not rows.exists():
        write_rows(rows)
    if not model.exists():
        write_real_model(model, name)
    settings: dict[str, object] = {
        "epochs": STEPS * BATCH / ROWS,
        "learning_rate": 5e-3,
    }
    return TrainingSpec(
        trial_id=f"{name}-{label}",
        base_model=str(model),
        tokens_folders=(str(rows),),
        training=TrainingConfig.model_validate(TRAINING.model_dump() | settings | changes),
        seed=3,
        ray_storage_path=str(root / "state"),
        export_folder=str(root / "export" / f"{name}-{label}"),
    )


def generate(model: Any) -> list[list[int]]:
    """Return what a model writes after each of PROMPTS, greedily."""
    model.eval()
    return [
        model.generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=16,
            do_sample=False,
        )[0].tolist()
        for prompt in PROMPTS
    ]


@dataclass
class _RecordingMethod:
    """A training method that also writes what the trained model in memory generates."""

    method: TrainingMethod

    def __getattr__(self, name: str) -> Any:
        return getattr(self.method, name)

    def export(self, model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
        self.method.export(model, weights, folder)
        (folder / GENERATED).write_text(json.dumps(generate(model)))


def record_generations() -> None:
    """Let every training method of this process write what its trained model generates."""

    def recording(spec: MethodSpec) -> MethodSpec:
        return replace(spec, make=lambda training: _RecordingMethod(spec.make(training)))

    methods = {name: recording(spec) for name, spec in method_registry.METHODS.items()}
    vars(method_registry)["METHODS"] = methods


@dataclass(frozen=True)
class Tuned:
    """What the fine-tunes of one model by one method have shown."""

    obstacle: str
    """Why documents could not be packed; "": they were."""
    generations_equal: bool
    """Whether transformers alone, with the export, writes what the trained model wrote."""
    has_changed: bool
    """Whether the trained model writes something else than its base."""
    resumes: tuple[int, ...]
    """Steps from which the broken-off fine-tune went on."""
    resume_difference: float
    """Largest difference of its weights from those of a fine-tune without a break."""
    trained: int
    """Weights in the export."""


def tune(root: Path, name: str, method: str) -> Tuned:
    """Train a model without a break, and with two; load the export as a user would."""
    whole = real_spec(root, name, f"{method}-whole", method=method)
    broken = real_spec(root, name, f"{method}-broken", method=method)
    facts = train_locally(
        [whole, broken, broken, broken],
        workers=1,
        ends_after=(0, ENDS_AFTER, ENDS_AFTER, 0),
        setup=record_generations,
    )
    assert [fact["steps"] for fact in facts] == [STEPS, STEPS]
    export = Path(whole.export_folder)
    check_model_files(str(export))
    weights, resumed = _weights(whole), _weights(broken)
    assert weights.keys() == resumed.keys()
    written = json.loads((export / GENERATED).read_text())
    config = transformers.AutoConfig.from_pretrained(whole.base_model)
    return Tuned(
        obstacle=measure_packing(config).obstacle,
        generations_equal=generate(_load_plainly(export, whole.base_model)) == written,
        has_changed=generate(_plain(whole.base_model)) != written,
        resumes=tuple(fact["resumed_from_step"] for fact in facts[1:]),
        resume_difference=max(
            (weight - resumed[key]).abs().max().item() for key, weight in weights.items()
        ),
        trained=sum(weight.numel() for weight in weights.values()),
    )


def _plain(path: str | Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(path)


def _load_plainly(export: Path, base: str) -> Any:
    if not is_adapter(export):
        return _plain(export)
    import peft

    return peft.PeftModel.from_pretrained(_plain(base), export)


def _weights(spec: TrainingSpec) -> Mapping[str, torch.Tensor]:
    (file,) = Path(spec.export_folder).glob("*.safetensors")
    weights: Mapping[str, torch.Tensor] = load_file(file)
    return weights
