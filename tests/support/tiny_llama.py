"""Writes a random Llama of a few thousand weights with a byte-level tokenizer."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers


def write_tokenizer(folder: Path) -> int:
    """Write a byte-level tokenizer to `folder`; return the size of its vocabulary."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": 0, "</s>": 1} | {char: at + 2 for at, char in enumerate(alphabet)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>"
    ).save_pretrained(folder)
    return len(vocabulary)


def write_tiny_llama(
    folder: Path, *, seed: int = 0, initializer_range: float = 0.02, is_tied: bool = False
) -> Path:
    """Write config, weights and tokenizer to `folder`, and return it."""
    vocab_size = write_tokenizer(folder)
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=initializer_range,
        tie_word_embeddings=is_tied,
        bos_token_id=0,
        eos_token_id=1,
        architectures=["LlamaForCausalLM"],
    )
    weights = transformers.LlamaForCausalLM(config).state_dict()
    if is_tied:
        del weights["lm_head.weight"]
    # The model's own save_pretrained imports DeepSpeed, for two seconds.
    config.save_pretrained(folder)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
