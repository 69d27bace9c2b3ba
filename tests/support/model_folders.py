"""Model folders of a few bytes that need no torch to write; their weights are zeros."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

ROWS, WIDTH = 8, 4
CONFIG = {
    "model_type": "llama",
    "vocab_size": ROWS,
    "hidden_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-6,
}
TENSORS = {"model.embed_tokens.weight": (ROWS, WIDTH), "model.norm.weight": (WIDTH,)}


def write_weights(file: Path, tensors: Mapping[str, tuple[int, ...]] = TENSORS) -> Path:
    """Write a safetensors file of zeros in fp32."""
    header, end = {}, 0
    for name, shape in tensors.items():
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))
    return file


def write_model(folder: Path, **config: object) -> Path:
    """Write a whole model; `config` overrides settings of config.json."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    write_weights(folder / "model.safetensors")
    write_tokenizer(folder)
    return folder


def write_tokenizer(folder: Path, added: Mapping[str, int] | None = None, **named: str) -> None:
    """Write a tokenizer of six tokens, with <s> and </s> and the tokens `added` to them."""
    tokens = {"<s>": 0, "</s>": 1} | dict(added or {})
    tokenizer = {
        "model": {"type": "BPE", "vocab": {c: at for at, c in enumerate("abcd", 2)}, "merges": []},
        "added_tokens": [
            {"id": at, "content": token, "special": True} for token, at in tokens.items()
        ],
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = {"bos_token": "<s>", "eos_token": "</s>"} | named
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def split_weights(folder: Path) -> tuple[Path, Path]:
    """Split a model's weights into two shards with an index; return the shards."""
    (folder / "model.safetensors").unlink()
    shards = {f"model-0000{n}-of-00002.safetensors": name for n, name in enumerate(TENSORS, 1)}
    weight_map = {name: shard for shard, name in shards.items()}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    first, second = (
        write_weights(folder / shard, {name: TENSORS[name]}) for shard, name in shards.items()
    )
    return first, second
