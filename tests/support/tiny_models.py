"""Random models of many architectures, each of a few thousand weights, with a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save_file
from tiny_llama import write_tokenizer

_COMMON = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
_GROUPED = _COMMON | {"num_key_value_heads": 2}
_GPT2 = {
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 512,
    "initializer_range": 0.2,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
}
_LFM2 = _GROUPED | {"layer_types": ["conv", "full_attention"]}
_OPT = {"ffn_dim": 64, "dropout": 0.0, "word_embed_proj_dim": 32, "init_std": 0.2}

ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "Llama": ("LlamaConfig", _GROUPED),
    "Mistral": ("MistralConfig", _GROUPED | {"sliding_window": 64}),
    "Qwen2": ("Qwen2Config", _GROUPED),
    "Qwen3": ("Qwen3Config", _GROUPED | {"head_dim": 8}),
    "Gemma": ("GemmaConfig", _GROUPED | {"head_dim": 8}),
    "Phi": ("PhiConfig", _COMMON),
    "StarCoder2": ("Starcoder2Config", _GROUPED | {"sliding_window": None}),
    "GPTBigCode": ("GPTBigCodeConfig", _GPT2),
    "GPT-2": ("GPT2Config", _GPT2),
    "GPT-NeoX": ("GPTNeoXConfig", _COMMON),
    "OPT": ("OPTConfig", _COMMON | _OPT),
    "Falcon": ("FalconConfig", _COMMON),
    "BioGPT": ("BioGptConfig", _COMMON | {"hidden_dropout_prob": 0.0}),
    "LFM2": ("Lfm2Config", _LFM2),
    "Mamba": ("MambaConfig", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}),
}
"""Name of the config class and its settings, by the name of the architecture."""


def tiny_config(name: str, *, vocab_size: int) -> Any:
    """Return the config of a tiny model of ARCHITECTURES."""
    kind, settings = ARCHITECTURES[name]
    tokens = {"vocab_size": vocab_size, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return getattr(transformers, kind)(**tokens, **settings)


def write_tiny_model(folder: Path, name: str, *, seed: int = 0) -> Path:
    """Write config, weights and tokenizer of a model of ARCHITECTURES to `folder`; return it."""
    config = tiny_config(name, vocab_size=write_tokenizer(folder))
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config)
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    seen: set[int] = set()
    weights = {}
    for key, tensor in model.state_dict().items():
        # A tied weight is saved once.
        if tensor.data_ptr() not in seen:
            seen.add(tensor.data_ptr())
            weights[key] = tensor.contiguous()
    # The model's own save_pretrained imports DeepSpeed, for two seconds.
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
